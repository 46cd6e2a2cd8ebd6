"""Take a transfer one step further: commit the intent, call the operator, commit the outcome."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flash.domain.errors import StaleWrite
from flash.domain.leg import Leg
from flash.domain.money import Money
from flash.domain.outcome import Evidence, Outcome, Reason, Source, Unknown
from flash.domain.progress import (
    Patience,
    answered,
    has_to_submit,
    look_later,
    not_started,
    submitting,
    too_old_to_start,
)
from flash.domain.routing import Operator
from flash.domain.transfer import Change, State, Transfer
from flash.ports.clock import Chance, Clock
from flash.ports.provider import AccountCheck, FloatCheck, Provider
from flash.ports.store import UnitOfWork
from flash.usecases.mistakes import without_values

log = logging.getLogger(__name__)

STEPS_AT_ONCE = 8
"""More steps than this are never due one right after the other; it bounds the loop."""

TRIES = 5
"""How often an answer is written against a transfer that others change at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What it takes to advance transfers. It opens its own units of work, because it calls operators in between."""

    unit_of_work: UnitOfWork
    operators: Mapping[Operator, Provider]
    clock: Clock
    chance: Chance
    patience: Patience

    def store(self, change: Change) -> Transfer:
        """Store a change in a unit of work of its own.

        Raises:
            StaleWrite: somebody else changed the transfer first.
        """
        with self.unit_of_work() as store:
            after = store.transfers.apply(change)
        if change.case is not None:
            log.warning("a case was opened on %s: %s, %s", after.number, change.case.cause, change.case.detail)
        return after


def advance_transfer(transfer_id: UUID, engine: Engine) -> Transfer | None:
    """Do one step, if the transfer is due and nobody else has taken it. Safe to run twice, late, or in two places.

    Returns:
        The transfer after the step; None when there was nothing to do, or somebody else did it.
    """
    now = engine.clock.now()
    with engine.unit_of_work() as store:
        claimed = store.transfers.claim_due(now, until=now + engine.patience.lease, limit=1, transfer_id=transfer_id)
    return take_step(claimed[0], engine) if claimed else None


def drive_transfer(transfer_id: UUID, engine: Engine) -> None:
    """Do one step after the other for as long as the next is due at once."""
    for _ in range(STEPS_AT_ONCE):
        after = advance_transfer(transfer_id, engine)
        if after is None or after.due_at is None or after.due_at > engine.clock.now():
            return


def take_step(transfer: Transfer, engine: Engine) -> Transfer | None:
    """Do one step of a transfer that the caller has claimed. Returns as `advance_transfer` does."""
    try:
        payout_float = None
        if transfer.state is State.RECORDED:
            obstacle, payout_float = _outlook(transfer, engine)
            hindrance = _hindrance(transfer, obstacle, engine)
            if hindrance is not None:
                return engine.store(hindrance)
        if not has_to_submit(transfer):
            leg = transfer.the_open_leg()
            return _commit_outcome(transfer, leg, _called(engine, leg, Source.STATUS_QUERY), engine)
        transfer = _commit_intent(transfer, payout_float, engine)
        if transfer.final:
            return transfer
        leg = transfer.the_open_leg()
        return _commit_outcome(transfer, leg, _called(engine, leg, Source.SUBMIT), engine)
    except StaleWrite:
        log.info("transfer %s was changed by somebody else meanwhile", transfer.id)
        return None


def _called(engine: Engine, leg: Leg, source: Source) -> Outcome:
    """Call the operator. An adapter that raises against its promise, or that is gone, leaves doubt like any other."""
    try:
        operator = engine.operators[leg.operator]
        return operator.submit(leg) if source is Source.SUBMIT else operator.ask(leg)
    except Exception as error:  # noqa: BLE001 - whatever it is, it says nothing about the money
        log.error("the adapter for %s broke on %s\n%s", leg.operator, leg.reference, without_values(error))
        broken = type(error).__name__
        return Unknown(Evidence(at=engine.clock.now(), source=source, body=broken), broken)


def _outlook(transfer: Transfer, engine: Engine) -> tuple[Reason | None, Money | None]:
    """Ask the payee's operator what can be known before the payer is asked.

    Returns:
        Why the payout would fail, where not telling is OPERATOR_UNAVAILABLE, and None when nothing speaks against it;
        and our payout float there, where the operator tells.
    """
    payout_float = None
    try:
        operator = engine.operators[transfer.payee_operator]
        if isinstance(operator, AccountCheck):
            active = operator.wallet_is_active(transfer.payee)
            if not active:
                return Reason.OPERATOR_UNAVAILABLE if active is None else Reason.PAYEE_NOT_FOUND, None
        if isinstance(operator, FloatCheck):
            payout_float = operator.float_available()
            if payout_float is None:
                return Reason.OPERATOR_UNAVAILABLE, None
    except Exception as error:  # noqa: BLE001 - whatever it is, we do not know what we must
        log.error("the adapter for %s broke on a check\n%s", transfer.payee_operator, without_values(error))
        return Reason.OPERATOR_UNAVAILABLE, None
    return None, payout_float


def _hindrance(transfer: Transfer, obstacle: Reason | None, engine: Engine) -> Change | None:
    """Return what keeps the payer from being asked, as a change; doubt about the rest never reaches their phone."""
    now = engine.clock.now()
    if too_old_to_start(transfer, now, engine.patience):
        return not_started(transfer, obstacle or Reason.OPERATOR_UNAVAILABLE, now)
    if obstacle is Reason.OPERATOR_UNAVAILABLE:
        return look_later(transfer, now)
    return not_started(transfer, obstacle, now) if obstacle else None


def _commit_intent(transfer: Transfer, payout_float: Money | None, engine: Engine) -> Transfer:
    """Store that the next leg is about to be sent, with its reference and platform, before anybody hears of it.

    A collection is only sent when the payout after it still fits into the float, next to all that are under way.
    """
    by_state = transfer.payee_operator if transfer.state is State.COLLECTED else transfer.payer_operator
    operator = engine.operators.get(transfer.open_leg.operator if transfer.open_leg else by_state)
    now = engine.clock.now()
    change = submitting(
        transfer,
        now,
        reference=engine.chance.new_id(),
        platform=operator.platform if operator else "",
        lease=engine.patience.lease,
    )
    with engine.unit_of_work() as store:
        if payout_float is not None:
            reserved = store.transfers.reserve_float(transfer.payee_operator)
            if payout_float - reserved < transfer.amount:
                change = not_started(transfer, Reason.FLOAT_TOO_LOW, now)
        return store.transfers.apply(change)


def _commit_outcome(transfer: Transfer, leg: Leg, outcome: Outcome, engine: Engine) -> Transfer:
    """Store the answer. It is evidence: if somebody changed the transfer meanwhile, it is applied to what they left.

    Raises:
        StaleWrite: every try lost its race; the lease ends and the operator is asked again.
    """
    for _ in range(TRIES):
        try:
            return engine.store(answered(transfer, leg.reference, outcome, engine.clock.now(), engine.patience))
        except StaleWrite:
            with engine.unit_of_work() as store:
                transfer = store.transfers.get(transfer.id)
    raise StaleWrite
