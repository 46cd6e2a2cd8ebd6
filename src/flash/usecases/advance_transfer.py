"""Take a transfer one step further: commit the intent, call the operator, commit the outcome."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flash.domain.errors import StaleWrite
from flash.domain.leg import Leg
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
        if transfer.state is State.RECORDED:
            hindrance = _hindrance(transfer, engine)
            if hindrance is not None:
                return engine.store(hindrance)
        if has_to_submit(transfer):
            transfer, leg = _commit_intent(transfer, engine)
            outcome = _called(engine, leg, Source.SUBMIT)
        else:
            leg = transfer.the_open_leg()
            outcome = _called(engine, leg, Source.STATUS_QUERY)
        return _commit_outcome(transfer, leg, outcome, engine)
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


def _hindrance(transfer: Transfer, engine: Engine) -> Change | None:
    """Check the payee's wallet and our float, so that doubt about the rest never reaches the payer's phone.

    Returns:
        What hinders the transfer, as a change to be stored; None when the payer may be asked.
    """
    try:
        obstacle = _obstacle(transfer, engine)
    except Exception as error:  # noqa: BLE001 - whatever it is, we do not know what we must
        log.error("the adapter for %s broke on a check\n%s", transfer.payee_operator, without_values(error))
        obstacle = Reason.OPERATOR_UNAVAILABLE
    now = engine.clock.now()
    if too_old_to_start(transfer, now, engine.patience):
        return not_started(transfer, obstacle or Reason.OPERATOR_UNAVAILABLE, now)
    if obstacle is Reason.OPERATOR_UNAVAILABLE:
        return look_later(transfer, now)
    return not_started(transfer, obstacle, now) if obstacle else None


def _obstacle(transfer: Transfer, engine: Engine) -> Reason | None:
    """Return why the payout would fail, as far as the payee's operator tells; not telling is unavailable."""
    operator = engine.operators[transfer.payee_operator]
    if isinstance(operator, AccountCheck):
        active = operator.wallet_is_active(transfer.payee)
        if not active:
            return Reason.OPERATOR_UNAVAILABLE if active is None else Reason.PAYEE_NOT_FOUND
    if isinstance(operator, FloatCheck):
        available = operator.float_available()
        if available is None:
            return Reason.OPERATOR_UNAVAILABLE
        with engine.unit_of_work() as store:
            reserved = store.transfers.reserved_float(transfer.payee_operator)
        if available - reserved < transfer.amount:
            return Reason.FLOAT_TOO_LOW
    return None


def _commit_intent(transfer: Transfer, engine: Engine) -> tuple[Transfer, Leg]:
    """Store that the next leg is about to be sent, with its reference and platform, before anybody hears of it."""
    by_state = transfer.payee_operator if transfer.state is State.COLLECTED else transfer.payer_operator
    operator = engine.operators.get(transfer.open_leg.operator if transfer.open_leg else by_state)
    change = submitting(
        transfer,
        engine.clock.now(),
        reference=engine.chance.new_id(),
        platform=operator.platform if operator else "",
        lease=engine.patience.lease,
    )
    stored = engine.store(change)
    return stored, stored.the_open_leg()


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
