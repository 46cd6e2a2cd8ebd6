"""Answer a request for money: its payer approves or declines it, or whoever made it withdraws it.

Each holds the request first, so of two at once the second sees what the first has done.
"""

from dataclasses import dataclass

from flash.domain.account import Account, clean_text
from flash.domain.errors import NotAllowed, NotFound
from flash.domain.request import LONGEST_REASON, PaymentRequest, RequestState, declined, withdrawn
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store
from flash.usecases.send_money import Accepted, Order, Terms, send_money

NOT_YOURS_TO_ANSWER = "Only the person whom you asked can answer this request."
NOT_YOURS_TO_CANCEL = "Only the person who made this request can cancel it."


@dataclass(frozen=True, slots=True)
class Approval:
    """What a payer says yes to.

    Attributes:
        name: id or number of the request.
    """

    name: str
    payer: Account


def approve_request(
    approval: Approval, *, store: Store, clock: Clock, chance: Chance, terms: Terms, circuits: Circuits
) -> Accepted:
    """Pay a request that asks this account; approving it again returns the same transfer.

    What `send_money` refuses leaves the request as it was, because both are one unit of work.

    Raises:
        NotFound: there is none, or it asks somebody else.
        NotAllowed: the account made it.
        RequestClosed: it was declined or cancelled, or has expired.
    """
    request = _held_for(approval.payer, approval.name, store)
    if request.state is RequestState.APPROVED and request.transfer_id is not None:
        return Accepted(store.transfers.get(request.transfer_id), replayed=True)
    order = Order(
        payer=approval.payer,
        payee=request.requester,
        amount=request.amount,
        description=request.description,
        request=request,
    )
    return send_money(order, store=store, clock=clock, chance=chance, terms=terms, circuits=circuits)


def decline_request(name: str, reason: str, account: Account, *, store: Store, clock: Clock) -> PaymentRequest:
    """Decline a request that asks this account; doing it again changes nothing.

    Raises:
        NotFound: there is none, or it asks somebody else.
        NotAllowed: the account made it.
        RequestClosed: it was approved or cancelled, or has expired.
    """
    request = _held_for(account, name, store)
    reason = clean_text(reason, LONGEST_REASON, field="reason")
    return _stored(declined(request, reason, clock.now()), request, store)


def withdraw_request(name: str, account: Account, *, store: Store, clock: Clock) -> PaymentRequest:
    """Cancel a request that the account made; doing it again changes nothing.

    Raises:
        NotFound: there is none, or somebody else made it.
        NotAllowed: it asks the account.
        RequestClosed: it was answered, or has expired.
    """
    request = store.requests.hold(account, name)
    if request is None:
        raise NotFound
    if request.requester_id != account.id:
        raise NotAllowed(NOT_YOURS_TO_CANCEL)
    return _stored(withdrawn(request, clock.now()), request, store)


def _held_for(payer: Account, name: str, store: Store) -> PaymentRequest:
    """Hold and return a request that asks this account.

    Raises:
        NotFound: there is none, or it asks somebody else.
        NotAllowed: the account made it.
    """
    request = store.requests.hold(payer, name)
    if request is None:
        raise NotFound
    if request.requester_id == payer.id:
        raise NotAllowed(NOT_YOURS_TO_ANSWER)
    return request


def _stored(request: PaymentRequest, before: PaymentRequest, store: Store) -> PaymentRequest:
    if request != before:
        store.requests.put(request, before=before)
    return request
