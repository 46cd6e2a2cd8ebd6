"""The desk of the staff, for tests: people who decide, money that is held, and what they do about it."""

from typing import Any

from factories import PASSWORDS, World
from flash.domain.account import Staff, email_address
from flash.domain.progress import Patience
from flash.domain.review import Decision, FiledCase, Verdict, Wish
from flash.domain.transfer import State, Transfer
from flash.usecases.review import approve as approve_it
from flash.usecases.review import propose as propose_it
from flash.usecases.review import reject as reject_it

THANDI, BWALYA = "thandi@flash.example", "bwalya@flash.example"

WRONG_AMOUNT = "0960000083"
"""A payer whose collection is contradicted: the operator reports another amount than was ordered."""
WRONG_PAYOUT = "0970000083"
"""A payee whose payout is contradicted so."""
NO_REFUND = "0960000091"
"""A payer to whom no money can be returned; with NO_WALLET as payee the refund is declined."""
NO_WALLET = "0970000071"

WORDS = {
    Verdict.SETTLED: {"reason": "MTN confirms it", "evidence": "statement of 23 Nov, line 7", "operator_id": "OP7"},
    Verdict.DECLINED: {"reason": "MTN denies it", "evidence": "mail of Ms Phiri, MTN, 23 Nov"},
    Verdict.REFUND_AGAIN: {"reason": "the wallet is open again", "evidence": "call with the payer, 23 Nov"},
    Verdict.NOTED: {"reason": "told twice"},
}
"""What makes each verdict complete."""


def member(world: World, email: str = THANDI, *, role: str = "finance", password: str = "a long password") -> Staff:
    """A member of staff, made."""
    made = Staff(
        id=world.chance.new_id(),
        email=email_address(email),
        full_name="Thandiwe Zulu",
        role=role,
        password_hash=PASSWORDS.hash(password),
        created_at=world.clock.now(),
    )
    with world.database.unit_of_work() as store:
        store.accounts.add_staff(made)
    return made


def held(world: World, payer: str = WRONG_AMOUNT, **more: Any) -> Transfer:
    """A transfer in review."""
    transfer = world.send(payer=payer, **more)
    world.pass_by(60)
    after = world.get(transfer)
    assert after.state is State.IN_REVIEW
    return after


def open_cases(world: World) -> list[FiledCase]:
    """The open cases, the oldest first."""
    with world.database.unit_of_work() as store:
        return [row.filed for row in store.reviews.desk(after=0, limit=100)]


def propose(world: World, filed: FiledCase, by: Staff, verdict: Verdict, **more: Any) -> Decision:
    """Propose a verdict, with all the words it needs."""
    wish = Wish(verdict=verdict, **{**WORDS[verdict], **more})
    with world.database.unit_of_work() as store:
        return propose_it(filed.id, wish, by, store=store, clock=world.clock, chance=world.chance)


def approve(world: World, decision: Decision, by: Staff) -> Transfer:
    """Approve what was proposed."""
    with world.database.unit_of_work() as store:
        return approve_it(decision.id, by, store=store, clock=world.clock, patience=Patience())


def reject(world: World, decision: Decision, by: Staff) -> Decision:
    """Reject what was proposed."""
    with world.database.unit_of_work() as store:
        return reject_it(decision.id, by, store=store, clock=world.clock)


def stored(world: World, decision: Decision) -> Decision:
    """The decision as it is stored now."""
    with world.database.unit_of_work() as store:
        return store.reviews.decision(decision.id)
