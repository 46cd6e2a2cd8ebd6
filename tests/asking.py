"""Requests for money in tests: asked by Chanda, to be paid by Mutale, unless somebody else is named."""

from typing import Any

from factories import PAYEE, PAYER, World, money, msisdn
from flash.domain.request import Block, PaymentRequest
from flash.ports.requests import RequestRow
from flash.usecases.answer_request import Approval, approve_request, decline_request, withdraw_request
from flash.usecases.block_requester import block_number, block_requester
from flash.usecases.expire_requests import expire_requests
from flash.usecases.request_money import Ask, Asked, request_money
from flash.usecases.send_money import Accepted

NAMES = {PAYER: "Mutale Banda", PAYEE: "Chanda Phiri"}


def person(world: World, number: str) -> Any:
    return world.person(number, name=NAMES.get(number, "Bwalya Mumba"))


def asked(world: World, amount: str = "25.00", *, by: str = PAYEE, of: str = PAYER, **more: Any) -> Asked:
    """Ask for money and return what became of it."""
    ask = Ask(requester=person(world, by), payer=msisdn(of), amount=money(amount), **more)
    with world.database.unit_of_work() as store:
        return request_money(ask, store=store, clock=world.clock, chance=world.chance, terms=world.terms)


def a_request(world: World, amount: str = "25.00", **more: Any) -> PaymentRequest:
    return asked(world, amount, **more).request


def approve(world: World, request: PaymentRequest, *, by: str = PAYER, clock: Any = None) -> Accepted:
    approval = Approval(str(request.id), person(world, by))
    with world.database.unit_of_work() as store:
        return approve_request(
            approval,
            store=store,
            clock=clock or world.clock,
            chance=world.chance,
            terms=world.terms,
            circuits=world.circuits,
        )


def decline(world: World, request: PaymentRequest, reason: str = "", *, by: str = PAYER) -> PaymentRequest:
    account = person(world, by)
    with world.database.unit_of_work() as store:
        return decline_request(str(request.id), reason, account, store=store, clock=world.clock)


def withdraw(world: World, request: PaymentRequest, *, by: str = PAYEE) -> PaymentRequest:
    account = person(world, by)
    with world.database.unit_of_work() as store:
        return withdraw_request(str(request.id), account, store=store, clock=world.clock)


def expire(world: World, *, batch: int = 200) -> int:
    return expire_requests(world.database.unit_of_work, world.clock, batch=batch)


def seen(world: World, request: PaymentRequest, *, by: str = PAYEE) -> RequestRow | None:
    """The request as this person sees it."""
    account = person(world, by)
    with world.database.unit_of_work() as store:
        return store.requests.find(account, str(request.id))


def stored(world: World, request: PaymentRequest) -> PaymentRequest:
    """The request as it is stored now."""
    row = seen(world, request)
    assert row is not None
    return row.request


def listed(world: World, number: str, **more: Any) -> list[PaymentRequest]:
    account = person(world, number)
    with world.database.unit_of_work() as store:
        return [row.request for row in store.requests.page(account, **{"limit": 100, **more})]


def block(world: World, whom: str = PAYEE, *, by: str = PAYER) -> Block:
    account = person(world, by)
    with world.database.unit_of_work() as store:
        return block_number(msisdn(whom), account, store=store, clock=world.clock, chance=world.chance)


def block_who_asks(world: World, request: PaymentRequest, *, by: str = PAYER) -> Block:
    account = person(world, by)
    with world.database.unit_of_work() as store:
        return block_requester(str(request.id), account, store=store, clock=world.clock, chance=world.chance)
