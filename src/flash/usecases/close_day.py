"""Close local days, one after the other, and prove that none was changed since."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from flash.domain.day_close import DayClose, Seal, broken, closed, may_be_closed, span
from flash.domain.errors import Conflict
from flash.domain.limits import local_day
from flash.domain.money import Money
from flash.domain.routing import Operator
from flash.ports.clock import Clock
from flash.ports.store import UnitOfWork


def close_days(
    until: date | None,
    openings: Mapping[Operator, Money],
    *,
    snapshot: UnitOfWork,
    unit_of_work: UnitOfWork,
    clock: Clock,
    seal: Seal,
) -> Iterator[DayClose]:
    """Close each day that is not closed yet, up to and with this one, and yield those that we closed.

    A close counts what is stored; nothing is added to a day afterwards, because postings and evidence carry the time
    of the outcome, and that is later than any day that may be closed.

    Args:
        until: the last day to close; None for the latest that may be closed.
        openings: what the wallets hold beside the journal from now on, where that changed.
        snapshot: opens units of work that see one moment.
        unit_of_work: opens those that write.
        clock: tells the time.
        seal: signs.

    Raises:
        Conflict: the day has not ended, or not long enough ago; or it is closed, and openings cannot be told any more.
    """
    now = clock.now()
    last_day = until or local_day(now) - timedelta(days=1)
    if not may_be_closed(last_day, now):
        raise Conflict(f"{last_day} cannot be closed yet; a day is closed 15 minutes after its end at the earliest.")
    while True:
        with snapshot() as store:
            previous = store.day_closes.last()
            day = previous.next_day if previous else last_day
            if day > last_day:
                break
            figures = store.day_closes.figures(*span(day, previous))
        kept = dict(previous.openings) if previous else {}
        if day == last_day:
            kept |= {operator.value: opening.minor for operator, opening in openings.items()}
        close = closed(day, figures, previous, kept, seal)
        with unit_of_work() as store:
            is_ours = store.day_closes.add(close, now)
        openings = {} if is_ours and day == last_day else openings
        if is_ours:
            yield close
    if openings:
        raise Conflict(f"{last_day} is closed already; what a wallet holds is told when the next day is closed.")


def verify_days(*, snapshot: UnitOfWork, seal: Seal) -> Iterator[tuple[DayClose, str]]:
    """Yield each closed day, the oldest first, with what does not agree about it; empty where all does.

    It ends with the first day that does not: what follows rests on it.
    """
    with snapshot() as store:
        previous: DayClose | None = None
        for close in list(store.day_closes.all()):
            figures = store.day_closes.figures(*span(close.day, previous))
            told = broken(close, figures, previous, seal)
            yield close, told
            if told:
                return
            previous = close
