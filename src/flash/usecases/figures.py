"""Look up how things stand, and what a day came to."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from flash.domain.day_report import DayReport, Tally
from flash.domain.errors import BadInput
from flash.domain.limits import LUSAKA, local_day
from flash.domain.standing import Backlog, Waiting
from flash.ports.clock import Clock
from flash.ports.store import Store, UnitOfWork
from flash.ports.webhooks import Standing as EndpointStanding


def read_backlog(store: Store, now: datetime) -> Backlog:
    """Return what the database says of how things stand, in six statements."""
    endpoints = store.webhooks.standings()
    return Backlog(
        due=store.figures.due(now),
        open=store.figures.open_transfers(),
        messages=store.figures.waiting_messages(),
        cases=store.figures.open_cases(),
        events=_together([one for one in endpoints if not one.endpoint.disabled_why]),
        events_held=_together([one for one in endpoints if one.endpoint.disabled_why]),
    )


def _together(endpoints: Sequence[EndpointStanding]) -> Waiting:
    oldest = min((one.oldest_at for one in endpoints if one.oldest_at), default=None)
    return Waiting(sum(one.waiting for one in endpoints), oldest)


def report_day(day: date | None, *, snapshot: UnitOfWork, clock: Clock) -> DayReport:
    """Return what a local day came to; yesterday, unless another one is named.

    Raises:
        BadInput: the day has not begun.
    """
    today = local_day(clock.now())
    day = day or today - timedelta(days=1)
    if day > today:
        raise BadInput("This day has not begun yet.", field="day")
    start, end = (datetime.combine(one, time(), LUSAKA) for one in (day, day + timedelta(days=1)))
    with snapshot() as store:
        figures = store.figures
        tally = Tally(figures.ended(start, end))
        opened, closed = figures.cases(start, end)
        return DayReport(
            day=day,
            begun=figures.begun(start, end),
            score=tally.score,
            by_payer_operator=tally.by_payer_operator,
            by_payee_operator=tally.by_payee_operator,
            reasons=dict(tally.reasons),
            volume=tally.volume,
            fees=tally.fees,
            pace=tally.pace,
            moved=figures.moved(start, end),
            joined=figures.joined(start, end),
            cases_opened=opened,
            cases_closed=closed,
        )
