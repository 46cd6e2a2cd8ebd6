"""Take a transfer one step further: commit the intent, call the operator, commit the outcome."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from flash.domain.circuit import Circuit, Operation
from flash.domain.errors import StaleWrite
from flash.domain.leg import Kind, Leg
from flash.domain.outcome import Evidence, Outcome, Source, Unknown
from flash.domain.progress import (
    Patience,
    answered,
    has_to_submit,
    kept_in_line,
    look_later,
    may_wait,
    never_ordered,
    next_leg,
    next_reference,
    submitting,
)
from flash.domain.routing import Operator
from flash.domain.transfer import Change, State, Transfer
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance, Clock
from flash.ports.provider import Provider
from flash.ports.store import Store, UnitOfWork
from flash.trail import go_on, span
from flash.usecases.mistakes import tell
from flash.usecases.outlook import Outlook, is_ready, look_ahead

log = logging.getLogger(__name__)
story = logging.getLogger("flash.story")
"""Of its own, because whoever watches one payment in a terminal reads its steps already."""

STEPS_AT_ONCE = 8
"""More steps than this are never due one right after the other; it bounds the loop."""

TRIES = 5
"""How often an answer is written against a transfer that others change at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What it takes to advance transfers. It opens its own units of work, because it calls operators in between."""

    unit_of_work: UnitOfWork
    operators: Mapping[Operator, Provider]
    circuits: Circuits
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
    go_on(transfer.traceparent, transfer.number)
    try:
        with span(f"advance {transfer.state}", "consumer") as part:
            part.tell({"flash.transfer": transfer.number})
            after = _stepped(transfer, engine)
    except StaleWrite:
        log.info("transfer %s was changed by somebody else meanwhile", transfer.id)
        return None
    if after.state is not transfer.state:
        story.info("%s was %s and is %s", after.number, transfer.state, after.state)
    return after


def _stepped(transfer: Transfer, engine: Engine) -> Transfer:
    if transfer.state is State.RECORDED:
        return _begin(transfer, engine)
    if has_to_submit(transfer):
        return _send(transfer, engine)
    leg = transfer.the_open_leg()
    return _commit_outcome(transfer, leg, _called(engine, leg, Source.STATUS_QUERY), engine)


def _begin(transfer: Transfer, engine: Engine) -> Transfer:
    """Ask the payer, unless something speaks against it; doubt about the rest never reaches their phone."""
    if transfer.in_line:
        now = engine.clock.now()
        with engine.unit_of_work() as store:
            if not store.transfers.may_ask(transfer, now):
                return store.transfers.apply(kept_in_line(transfer, now, engine.patience))
        transfer = replace(transfer, in_line=False)
    outlook = look_ahead(transfer, engine.operators, engine.circuits, engine.clock, engine.patience)
    hindrance = outlook.hindrance(transfer, engine.clock.now(), engine.patience)
    if hindrance is not None:
        return engine.store(hindrance)
    transfer = outlook.noted(transfer)
    return _submit(transfer, _intent(transfer, next_leg(transfer, next_reference(transfer)), engine), engine, outlook)


def _send(transfer: Transfer, engine: Engine) -> Transfer:
    """Send the next leg. A first order waits until we are signed in: to fail at the door would only leave doubt."""
    leg = next_leg(transfer, next_reference(transfer))
    if not leg.attempts and not is_ready(leg.kind, leg.operator, engine.operators, engine.circuits, engine.clock):
        now = engine.clock.now()
        waits = may_wait(transfer, now, engine.patience)
        return engine.store(look_later(transfer, now) if waits else never_ordered(transfer, now))
    return _submit(transfer, _intent(transfer, leg, engine), engine)


def _submit(transfer: Transfer, intent: Change, engine: Engine, outlook: Outlook | None = None) -> Transfer:
    """Store that a leg is about to be sent, before anybody hears of it; send it; store the answer.

    The payer is only asked when the payout still fits into the float, next to all that are under way, and when their
    phone shows no other payment. Whoever takes the same room or phone at the same moment waits for this unit of work.
    """
    with engine.unit_of_work() as store:
        hindrance = _hindrance(transfer, intent, store, engine, outlook)
        transfer = store.transfers.apply(hindrance or intent)
    if hindrance is not None:
        return transfer
    leg = transfer.the_open_leg()
    return _commit_outcome(transfer, leg, _called(engine, leg, Source.SUBMIT), engine)


def _hindrance(
    transfer: Transfer, intent: Change, store: Store, engine: Engine, outlook: Outlook | None
) -> Change | None:
    """Reserve what a leg takes; return what becomes of the transfer where it cannot be had."""
    now, patience = engine.clock.now(), engine.patience
    if outlook is not None and outlook.float_read is not None:
        claims = store.transfers.reserve_float(transfer.payee_operator, outlook.float_since)
        hindrance = outlook.without_room(transfer, claims, now, patience)
        if hindrance is not None:
            return hindrance
    if intent.transfer.the_open_leg().kind is not Kind.COLLECTION:
        return None
    # At last, because what is taken here stays taken.
    free = store.transfers.may_ask(transfer, now) and store.transfers.take_prompt(
        transfer, now, now + patience.prompt_life
    )
    return None if free else kept_in_line(transfer, now, patience)


def _intent(transfer: Transfer, leg: Leg, engine: Engine) -> Change:
    """Return the next leg as about to be sent, with the platform it will be asked about."""
    operator = engine.operators.get(leg.operator)
    return submitting(
        transfer,
        leg,
        engine.clock.now(),
        platform=operator.platform(leg.kind) if operator else "",
        callback_token=engine.chance.token(),
        lease=engine.patience.lease,
    )


def _called(engine: Engine, leg: Leg, source: Source) -> Outcome:
    """Call the operator. An adapter that raises against its promise, or that is gone, leaves doubt like any other."""
    began = engine.clock.now()
    try:
        with span(f"{leg.operator} {source} {leg.kind}", "internal") as part:
            part.tell({"flash.leg": str(leg.reference)})
            operator = engine.operators[leg.operator]
            outcome = operator.submit(leg) if source is Source.SUBMIT else operator.ask(leg)
    except Exception as error:  # noqa: BLE001 - whatever it is, it says nothing about the money
        tell(log, error, "the adapter for %s broke on %s", leg.operator, leg.reference)
        broken = type(error).__name__
        outcome = Unknown(Evidence(at=engine.clock.now(), source=source, body=broken), broken)
    operation = Operation(leg.kind) if source is Source.SUBMIT else Operation.QUERY
    took = engine.clock.now() - began
    good = not isinstance(outcome, Unknown) or outcome.healthy
    engine.circuits.heard(Circuit(leg.operator, operation), good=good, took=took)
    return outcome


def _commit_outcome(transfer: Transfer, leg: Leg, outcome: Outcome, engine: Engine) -> Transfer:
    """Store the answer. It is evidence: if somebody changed the transfer meanwhile, it is applied to what they left.

    Raises:
        StaleWrite: every try lost its race; the lease ends and the operator is asked again.
    """
    for _ in range(TRIES):
        change = answered(transfer, leg.reference, outcome, engine.clock.now(), engine.patience)
        if change == Change(transfer=transfer):  # No news: a write would only disturb whoever has it by now.
            return transfer
        try:
            return engine.store(change)
        except StaleWrite:
            with engine.unit_of_work() as store:
                transfer = store.transfers.get(transfer.id)
    raise StaleWrite
