"""`flash report`: what a day came to, for people and for programs."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import click

from flash.cli.common import with_settings
from flash.domain.day_report import DayReport, Score
from flash.domain.money import Money
from flash.settings import Settings
from flash.usecases.figures import report_day
from flash.wiring import build


@click.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day in Lusaka, like 2026-11-24; yesterday otherwise.")
@click.option("--json", "as_json", is_flag=True, help="For programs: amounts in ngwee, times in seconds.")
@with_settings
def report(settings: Settings, day: datetime | None, as_json: bool) -> None:
    """Tell what a day came to: payments, why they failed, volumes, fees, time, people and cases."""
    services = build(settings)
    named: date | None = day.date() if day else None
    told = report_day(named, snapshot=services.database.snapshot, clock=services.clock)
    if as_json:
        click.echo(json.dumps(as_document(told), indent=2))
        return
    for line in as_table(told):
        click.echo(line)


def as_table(told: DayReport) -> Iterator[str]:
    """Yield the lines of a report."""
    yield f"{told.day}, from midnight to midnight in Lusaka"
    yield ""
    yield f"{'made':<28}{told.begun.count:>9,}  {told.begun.amount.spoken}"
    yield f"{'  still under way':<28}{told.begun.open_count:>9,}  {told.begun.open_amount.spoken}"
    yield ""
    yield f"{'ended':<28}{'completed':>9}{'failed':>9}{'returned':>9}{'cancelled':>10}{'success':>9}"
    yield _score("  all", told.score)
    for side, scores in (("from", told.by_payer_operator), ("to", told.by_payee_operator)):
        for operator, score in scores.items():
            yield _score(f"  {side} {operator.brand}", score)
    if told.reasons:
        yield ""
        yield "why not"
        for (state, reason), count in sorted(told.reasons.items(), key=lambda one: (-one[1], one[0])):
            yield f"  {reason:<26}{count:>9,}  {state}"
    yield ""
    yield f"{'paid to people':<28}{'':>9}  {told.volume.spoken}"
    yield f"{'fees':<28}{'':>9}  {told.fees.spoken}"
    for moved in told.moved:
        yield f"  {f'{moved.kind}, {moved.operator.brand}':<26}{moved.count:>9,}  {moved.amount.spoken}"
    yield ""
    yield f"{'time until paid':<28}{_spoken(told.pace.median):>9}  half of them, 95 % within {_spoken(told.pace.p95)}"
    yield f"{'people who joined':<28}{told.joined:>9,}"
    yield f"{'cases opened':<28}{told.cases_opened:>9,}  {told.cases_closed:,} closed"


def _score(name: str, score: Score) -> str:
    rate = "-" if score.success_rate is None else f"{score.success_rate:.1%}"
    counts = f"{score.completed:>9,}{score.failed:>9,}{score.returned:>9,}{score.cancelled:>10,}"
    return f"{name:<28}{counts}{rate:>9}"


def _spoken(took: timedelta | None) -> str:
    return "-" if took is None else f"{took.total_seconds():,.1f} s"


def as_document(told: DayReport) -> Mapping[str, Any]:
    """Return a report as JSON has it."""
    return {
        "day": told.day.isoformat(),
        "made": {
            "count": told.begun.count,
            "ngwee": told.begun.amount.minor,
            "still_under_way": told.begun.open_count,
            "still_under_way_ngwee": told.begun.open_amount.minor,
        },
        "ended": _counts(told.score),
        "ended_by_payer_operator": {name.value: _counts(score) for name, score in told.by_payer_operator.items()},
        "ended_by_payee_operator": {name.value: _counts(score) for name, score in told.by_payee_operator.items()},
        "reasons": [
            {"outcome": state.value, "reason": reason.value, "count": count}
            for (state, reason), count in sorted(told.reasons.items())
        ],
        "paid": _money(told.volume),
        "fees": _money(told.fees),
        "moved": [
            {"operator": one.operator.value, "kind": one.kind.value, "count": one.count, **_money(one.amount)}
            for one in told.moved
        ],
        "seconds_until_paid": {"median": _seconds(told.pace.median), "p95": _seconds(told.pace.p95)},
        "people_joined": told.joined,
        "cases": {"opened": told.cases_opened, "closed": told.cases_closed},
    }


def _counts(score: Score) -> Mapping[str, Any]:
    return {
        "completed": score.completed,
        "failed": score.failed,
        "returned": score.returned,
        "cancelled": score.cancelled,
        "success_rate": score.success_rate,
    }


def _money(amount: Money) -> Mapping[str, Any]:
    return {"ngwee": amount.minor, "kwacha": str(amount)}


def _seconds(took: timedelta | None) -> float | None:
    return None if took is None else took.total_seconds()
