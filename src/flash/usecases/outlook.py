"""Look ahead before a payer is asked: is there any reason why the payout would fail?"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from flash.domain.circuit import Circuit, Flow, Operation, needed
from flash.domain.leg import Kind
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Reason
from flash.domain.payout_float import READ_MARGIN, FloatClaims, Room, room_for
from flash.domain.progress import CHECK_AGAIN, Patience, look_later, not_started, too_old_to_start
from flash.domain.routing import Operator
from flash.domain.transfer import Change, Transfer
from flash.ports.circuits import Circuits
from flash.ports.clock import Clock
from flash.ports.provider import AccountCheck, FloatCheck, Provider, Readiness
from flash.usecases.mistakes import tell

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known before the payer is asked.

    Attributes:
        obstacle: why the payout would fail; OPERATOR_UNAVAILABLE when an operator does not tell, which may change.
        wait: how long until it makes sense to look again.
        holder: who holds the payee's wallet, where the operator tells.
        float_read: our payout float at the payee's operator, where it tells.
        float_since: payouts that settled before this instant are no longer in it.
    """

    obstacle: Reason | None = None
    wait: timedelta = CHECK_AGAIN
    holder: str = ""
    float_read: Money | None = None
    float_since: datetime

    def hindrance(self, transfer: Transfer, now: datetime, patience: Patience) -> Change | None:
        """Return what keeps the payer from being asked, as a change; None when nothing does."""
        if too_old_to_start(transfer, now, patience):
            return not_started(transfer, self.obstacle or Reason.OPERATOR_UNAVAILABLE, now)
        if self.obstacle is Reason.OPERATOR_UNAVAILABLE:
            time_left = transfer.created_at + patience.start_limit - now
            return look_later(transfer, now, min(self.wait, max(CHECK_AGAIN, time_left)))
        return not_started(transfer, self.obstacle, now) if self.obstacle else None

    def noted(self, transfer: Transfer) -> Transfer:
        """Return the transfer with what was learnt about the payee."""
        return replace(transfer, payee_name=self.holder)

    def without_room(self, transfer: Transfer, claims: FloatClaims, now: datetime, patience: Patience) -> Change | None:
        """Return what happens to a transfer whose payout does not fit into the float; None when it does."""
        if self.float_read is None:
            return None
        match room_for(transfer.amount, self.float_read, claims):
            case Room.TOO_LITTLE:
                return not_started(transfer, Reason.FLOAT_TOO_LOW, now)
            case Room.NOT_KNOWN_YET:
                later = look_later(transfer, now)
                too_late = too_old_to_start(transfer, later.transfer.due_at or now, patience)
                return not_started(transfer, Reason.FLOAT_TOO_LOW, now) if too_late else later
        return None


def look_ahead(
    transfer: Transfer, operators: Mapping[Operator, Provider], circuits: Circuits, clock: Clock, patience: Patience
) -> Outlook:
    """Ask both operators what can be known: the cheapest questions first, and none that would not be answered.

    A circuit that is tried again lets one payment through, so it is asked last: the try belongs to one that can use it.
    """
    outlook = Outlook(float_since=clock.now() - READ_MARGIN)
    unavailable = replace(outlook, obstacle=Reason.OPERATOR_UNAVAILABLE)
    theirs = {Kind.COLLECTION: transfer.payer_operator, Kind.DISBURSEMENT: transfer.payee_operator}
    if too_old_to_start(transfer, clock.now(), patience):
        return unavailable
    path = list(needed(transfer.payer_operator, transfer.payee_operator))
    conditions = [circuits.condition(circuit) for circuit in path]
    if any(condition.flow is Flow.OPEN for condition in conditions):
        return replace(unavailable, wait=max(CHECK_AGAIN, *(condition.wait for condition in conditions)))
    if not all(is_ready(kind, operator, operators, circuits, clock) for kind, operator in theirs.items()):
        return unavailable
    began, account = clock.now(), Circuit(transfer.payee_operator, Operation.ACCOUNT)
    told = _guarded(account, partial(_about_payee, transfer.payee, operators[transfer.payee_operator], outlook))
    circuits.heard(account, good=told is not None, took=clock.now() - began)
    if told is None or told.obstacle is not None:
        return told or unavailable
    return told if all(circuits.lets_through(circuit) for circuit in path) else unavailable


def is_ready(
    kind: Kind, name: Operator, operators: Mapping[Operator, Provider], circuits: Circuits, clock: Clock
) -> bool:
    """Return whether an order could be sent, as far as that can be known.

    That we are signed in would say nothing of the orders to come, so it is only heard when we are not.
    """
    began, circuit = clock.now(), Circuit(name, Operation(kind))
    operator: object = operators.get(name)
    if not isinstance(operator, Readiness):
        return operator is not None
    ready = _guarded(circuit, partial(operator.is_ready, kind))
    if not ready:
        circuits.heard(circuit, good=False, took=clock.now() - began)
    return bool(ready)


def _about_payee(payee: Msisdn, operator: object, outlook: Outlook) -> Outlook | None:
    """Return what the payee's operator tells; None when it does not answer what it otherwise does."""
    if isinstance(operator, AccountCheck):
        wallet = operator.wallet(payee)
        if wallet is None:
            return None
        outlook = replace(outlook, holder=wallet.holder, obstacle=None if wallet.active else Reason.PAYEE_NOT_FOUND)
    if outlook.obstacle is None and isinstance(operator, FloatCheck):
        outlook = replace(outlook, float_read=operator.float_available())
        return None if outlook.float_read is None else outlook
    return outlook


def _guarded(circuit: Circuit, ask: Callable[[], T]) -> T | None:
    """Ask; an adapter that raises against its promise has told nothing."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever it is, we do not know what we must
        tell(log, error, "the adapter for %s broke on a check", circuit.operator)
        return None
