"""What must hold after every step of a run, and at its end; each earns its place (tests/simulation)."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flash.domain.audit import Dossier
from flash.domain.errors import NotFound
from flash.domain.leg import LONGEST_PAUSE, Kind, LegState
from flash.domain.outcome import PROOF, Source
from flash.domain.routing import Operator
from flash.domain.transfer import FINAL, State, Transfer
from flash.domain.whereabouts import whereabouts
from flash.ports.history import HistoryRow
from flash.ports.store import Store
from flash.simulation.operator import PROMPT_LIFE, Order
from flash.simulation.world import Intent, World
from flash.usecases.audit import audit
from flash.usecases.send_money import Order as SendOrder
from flash.usecases.send_money import send_money

MARGIN = timedelta(minutes=10)
"""For the calls, the lease and the way to the next sweep."""

PROMPT_SHOWN = timedelta(milliseconds=PROMPT_LIFE)

Lines = Iterator[str]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must hold.

    Attributes:
        on_change: what a stored change breaks; given the dossier before, if there was one, and after.
        on_order: what an order that arrived at an operator breaks.
        on_move: what money that moved breaks.
        at_end: what is broken once nothing happens any more.
    """

    name: str
    on_change: Callable[[World, Dossier | None, Dossier], Lines] | None = None
    on_order: Callable[[World, Order], Lines] | None = None
    on_move: Callable[[World, Order], Lines] | None = None
    at_end: Callable[[World], Lines] | None = None


# --- The journal agrees with the operators, to the ngwee


def journal_claims(world: World, _before: Dossier | None, after: Dossier) -> Lines:
    """The journal never claims what did not happen."""
    claims: Counter[UUID] = Counter()
    for posting in after.postings:
        if posting.account.startswith(("payer:", "payee:")):
            claims[posting.reference] += abs(posting.amount.minor)
    if sum(posting.amount.minor for posting in after.postings):
        yield f"the postings of {world.names[after.transfer.id]} do not sum to zero"
    for reference, claimed in claims.items():
        order = world.orders.get(reference)
        if order is None or order.moved != claimed:
            moved = order.moved if order else None
            yield f"the journal of {world.names[after.transfer.id]} claims {claimed} ngwee where {moved} moved"


def journal_is_complete(world: World) -> Lines:
    """At the end wallets, floats and journal agree, apart from what is in review; and no ngwee came or went."""
    operators = world.operators.values()
    total = sum(sum(one.wallets.values()) + one.collected + one.payout_float for one in operators)
    if total != world.opening:
        yield f"{total} ngwee are in the world where {world.opening} were"
    posted = {posting.reference for dossier in world.dossiers.values() for posting in dossier.postings}
    for reference, order in world.orders.items():
        transfer_id = world.transfer_of.get(reference)
        in_review = transfer_id is not None and world.dossiers[transfer_id].transfer.state is State.IN_REVIEW
        if order.settled and reference not in posted and not in_review:
            name = world.name_of(order.leg)
            yield f"the {order.leg.kind} of {name} moved {order.moved} ngwee of which the journal knows nothing"


# --- Money moves once


def moves_once(world: World, order: Order) -> Lines:
    """At most one collection, and at most one of disbursement and refund, moves money."""
    transfer_id = world.transfer_of.get(order.leg.reference)
    if transfer_id is None:
        return
    transfer = world.dossiers[transfer_id].transfer
    ways = (Kind.COLLECTION,) if order.leg.kind is Kind.COLLECTION else (Kind.DISBURSEMENT, Kind.REFUND)
    moved = [str(one.leg.kind) for one in world.orders_of(transfer, *ways) if one.settled]
    if len(moved) > 1:
        yield f"{' and '.join(moved)} of {world.names[transfer_id]} have both moved money"


# --- Intent before call


def intent_before_call(world: World, order: Order) -> Lines:
    """No order is at an operator that no stored leg stands for, as it was stored."""
    transfer_id = world.transfer_of.get(order.leg.reference)
    if transfer_id is None:
        yield f"a {order.leg.kind} is at {order.operator} that nothing stored stands for"
        return
    legs = world.dossiers[transfer_id].transfer.legs
    stored = next((leg for leg in legs if leg.reference == order.leg.reference), None)
    want = (order.leg.kind, order.leg.party, order.leg.amount)
    if stored is None or not stored.attempts or (stored.kind, stored.party, stored.amount) != want:
        yield f"the {order.leg.kind} of {world.names[transfer_id]} is at {order.operator} otherwise than it is stored"


# --- Ends are proven, and are ends


def ends_are_proven(world: World, _before: Dossier | None, after: Dossier) -> Lines:
    """No leg ends, and so no transfer, without a stored answer that says so."""
    for leg in after.transfer.legs:
        if leg.closed:
            sources = PROOF if leg.state is LegState.SETTLED else PROOF | {Source.SUBMIT}
            if not any(proof[0] == leg.reference and proof[1] in sources for proof in after.proofs):
                yield f"the {leg.kind} of {world.names[after.transfer.id]} is {leg.state} without evidence"


def ends_are_final(world: World, before: Dossier | None, after: Dossier) -> Lines:
    """No final state ever changes."""
    if before is not None and before.transfer.state in FINAL and after.transfer.state is not before.transfer.state:
        name = world.names[after.transfer.id]
        yield f"{name} had ended {before.transfer.state} and became {after.transfer.state}"


# --- One prompt


def one_prompt(world: World, order: Order) -> Lines:
    """A payer's phone rings at most once for a send, however often they tapped."""
    transfer_id = world.transfer_of.get(order.leg.reference)
    if order.leg.kind is not Kind.COLLECTION or transfer_id is None:
        return
    for intent in world.intents:
        for send in intent.sends:
            rings = sum(world.prompts.get(one, 0) for one in send)
            if transfer_id in send and rings > 1:
                yield f"the phone of the payer of {world.names[transfer_id]} rang {rings} times for one send"


# --- One payment at a time


def one_at_a_time(world: World, order: Order) -> Lines:
    """No phone is asked for a payment while it may still show another one, as long as operators say they show it."""
    sent_at = order.leg.submitted_at
    if order.leg.kind is not Kind.COLLECTION or sent_at is None:
        return
    for other in world.orders.values():
        shown_from = other.leg.submitted_at
        if other is order or other.leg.party != order.leg.party or other.leg.kind is not Kind.COLLECTION:
            continue
        if other.undecided and shown_from is not None and shown_from + PROMPT_SHOWN > sent_at:
            yield f"{world.name_of(order.leg)} is asked for while the phone shows {world.name_of(other.leg)}"


# --- Everything ends


def everything_ends(world: World) -> Lines:
    """Once nothing goes wrong any more, every transfer ends or is in review within its bound.

    The bound is that of the latest leg: each has its own doubt, and there are three at most.
    """
    for dossier in world.dossiers.values():
        transfer = dossier.transfer
        begun = [leg.opened_at for leg in transfer.legs if leg.opened_at is not None]
        bound = max([world.quiet_from, transfer.created_at, *begun]) + longest_doubt(world)
        held = not transfer.final and transfer.state is not State.IN_REVIEW
        since = world.stage.now() if held else transfer.updated_at
        if since > bound:
            told = "is still" if held else "took too long until it was"
            yield f"{world.names[transfer.id]} {told} {transfer.state}, {since - bound} after its bound"


def longest_doubt(world: World) -> timedelta:
    """Return for how long a leg may be in doubt when nothing goes wrong."""
    return world.patience.doubt_limit + LONGEST_PAUSE + world.patience.lease + MARGIN


# --- Reservations return


def limits_return(world: World, _before: Dossier | None, _after: Dossier) -> Lines:
    """What is reserved of a day's limit is what transfers hold that moved money, or still may; never above it."""
    held: Counter[tuple[UUID, object]] = Counter()
    for dossier in world.dossiers.values():
        transfer = dossier.transfer
        if not transfer.final or transfer.state is State.COMPLETED:
            held[transfer.payer_id, transfer.limit_day] += transfer.amount.minor
    limit = world.terms.limits.of_day(1).minor
    for (_, day), reserved in held.items():
        if reserved > limit:
            yield f"{reserved} ngwee are under way on {day} where the limit is {limit}"
    for account_id, day, used in world.used:
        if used != held[account_id, day]:
            yield f"{used} ngwee are reserved of a limit where transfers hold {held[account_id, day]}"


def _draw(transfer: Transfer, operator: Operator) -> int:
    """What a transfer in review may still draw on an operator's float: for the payee, or to give back to the payer."""
    kinds = {(leg.kind, leg.state) for leg in transfer.legs}
    declined = (Kind.DISBURSEMENT, LegState.DECLINED) in kinds
    goes_back = declined or any(kind is Kind.REFUND for kind, _ in kinds)
    drawn_on = transfer.payer_operator if goes_back else transfer.payee_operator
    amount = transfer.amount + transfer.fee if goes_back else transfer.amount
    return amount.minor if drawn_on is operator else 0


def floats_return(world: World) -> Lines:
    """When all has ended, nothing draws on a float any more but what is in review."""
    transfers = [dossier.transfer for dossier in world.dossiers.values()]
    if any(not one.final and one.state is not State.IN_REVIEW for one in transfers):
        return
    for operator in world.operators:
        with world.database.unit_of_work() as store:
            claims = store.transfers.reserve_float(operator, world.stage.now() + timedelta(seconds=1))
        held = sum(_draw(one, operator) for one in transfers if one.state is State.IN_REVIEW)
        if (claims.ahead.minor, claims.under_way.minor) != (held, 0):
            yield f"{claims.ahead.minor} and {claims.under_way.minor} ngwee of the float at {operator} stay reserved"


# --- Answers stay true


def answers_stay(world: World) -> Lines:
    """What a person was told of their send can be found as it was told, and the same key gives it again."""
    for intent in world.intents:
        for transfer_id, number in intent.answers:
            with world.database.snapshot() as store:
                found = _row(store, intent, transfer_id)
            if found is None or (found.number, found.amount) != (number, intent.amount):
                yield f"{intent.name} was accepted as {number}, and the payer finds no such transfer"
                return
        if intent.key is not None and intent.answers:
            order = SendOrder(payer=intent.payer, payee=intent.payee, amount=intent.amount, key=intent.key)
            again = _sent_again(world, order)
            if {again} | {answer[0] for answer in intent.answers} != {again}:
                yield f"{intent.name} was answered with more than one transfer for one key"


def _row(store: Store, intent: Intent, transfer_id: UUID) -> HistoryRow | None:
    try:
        return store.transfers.history_row(intent.payer, str(transfer_id))
    except NotFound:
        return None


def _sent_again(world: World, order: SendOrder) -> UUID:
    with world.database.unit_of_work() as store:
        again = send_money(
            order,
            store=store,
            clock=world.stage,
            chance=world.chance,
            terms=world.terms,
            circuits=world.circuits,
        )
    return again.transfer.id


# --- Where the money is


def where_it_is_said(world: World, _before: Dossier | None, after: Dossier) -> Lines:
    """What is said about the money is so, and doubt ends by when it was said to."""
    transfer, now = after.transfer, world.stage.now()
    yield from _not_there(world, transfer)
    told = whereabouts(transfer, now, world.patience)
    leg = transfer.open_leg
    if told.doubt_ends_at is not None and leg is not None:
        world.first_doubts.setdefault(leg.reference, told.doubt_ends_at)
        if told.doubt_ends_at < now:
            yield f"the doubt about {world.names[transfer.id]} is said to end in the past"
    elif not told.certain and transfer.state is not State.IN_REVIEW:
        yield f"nothing says by when the doubt about {world.names[transfer.id]} ends"
    for leg in transfer.legs:
        if leg.closed or transfer.state is State.IN_REVIEW:
            yield from _too_late(world, transfer, leg.reference)


def where_it_went(world: World, order: Order) -> Lines:
    """What was said about the money is so after it moved."""
    transfer_id = world.transfer_of.get(order.leg.reference)
    if transfer_id is not None:
        yield from _not_there(world, world.dossiers[transfer_id].transfer)


def doubts_end(world: World) -> Lines:
    """No doubt is left at the end."""
    for dossier in world.dossiers.values():
        transfer = dossier.transfer
        if transfer.open_leg is not None and transfer.state is not State.IN_REVIEW:
            yield from _too_late(world, transfer, transfer.open_leg.reference)


def _too_late(world: World, transfer: Transfer, reference: UUID) -> Lines:
    promised = world.first_doubts.pop(reference, None)
    if promised is None:
        return
    # Nothing can be promised for the time in which processes are dead and operators do not answer.
    bound = max(promised, world.quiet_from + LONGEST_PAUSE + world.patience.lease + MARGIN)
    if world.stage.now() > bound:
        late = world.stage.now() - bound
        yield f"the doubt about {world.names[transfer.id]} ended {late} after it was said to"


def _not_there(world: World, transfer: Transfer) -> Lines:
    told = whereabouts(transfer, world.stage.now(), world.patience)
    taken = world.moved(transfer, Kind.COLLECTION)
    paid, back = world.moved(transfer, Kind.DISBURSEMENT), world.moved(transfer, Kind.REFUND)
    if not _POSSIBLE[told.place](taken, paid, back):
        truth = [word for word, so in (("taken", taken), ("paid out", paid), ("given back", back)) if so]
        yield f'{world.names[transfer.id]} is said to be "{told.place}" while it was {truth or "never taken"}'
    unsure = any(order.moved is None for order in world.orders_of(transfer, *Kind))
    if told.certain and unsure:
        yield f"where {world.names[transfer.id]} is is called certain while an order is still open"


_POSSIBLE: dict[str, Callable[[bool, bool, bool], bool]] = {
    "with the payer": lambda taken, _paid, _back: not taken,
    "with the payer, or leaving": lambda _taken, paid, back: not paid and not back,
    "in our float": lambda taken, paid, back: taken and not paid and not back,
    "in our float, or leaving": lambda taken, _paid, back: taken and not back,
    "in our float, going back": lambda taken, paid, _back: taken and not paid,
    "in our float or unproven": lambda _taken, _paid, _back: True,
    "with the payee": lambda taken, paid, back: taken and paid and not back,
    "with the payer: it never left": lambda taken, _paid, _back: not taken,
    "back with the payer": lambda taken, paid, back: taken and back and not paid,
}
"""What may be true when it is said: taken from the payer, paid to the payee, given back."""


# --- And the rest


def audit_is_clean(world: World) -> Lines:
    """The audit of the product finds nothing."""
    yield from audit(unit_of_work=world.database.snapshot)


def nothing_breaks(world: World) -> Lines:
    """No process meets an exception that is not one of its answers."""
    yield from world.stage.mistakes


INVARIANTS = (
    Invariant("the journal agrees", on_change=journal_claims, at_end=journal_is_complete),
    Invariant("money moves once", on_move=moves_once),
    Invariant("intent before call", on_order=intent_before_call),
    Invariant("ends are proven", on_change=ends_are_proven),
    Invariant("ends are final", on_change=ends_are_final),
    Invariant("one prompt", on_order=one_prompt),
    Invariant("one at a time", on_order=one_at_a_time),
    Invariant("everything ends", at_end=everything_ends),
    Invariant("limits return", on_change=limits_return),
    Invariant("floats return", at_end=floats_return),
    Invariant("answers stay", at_end=answers_stay),
    Invariant("where the money is", on_change=where_it_is_said, on_move=where_it_went, at_end=doubts_end),
    Invariant("the audit is clean", at_end=audit_is_clean),
    Invariant("nothing breaks", at_end=nothing_breaks),
)
