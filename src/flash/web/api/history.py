"""The history of a person: the list with what is looked for, page by page, and what each month came to."""

from datetime import date
from typing import Any
from uuid import UUID

from pyramid.view import view_config

from flash.domain.cursor import cursor_of, place_of
from flash.domain.history import SENT_WORDS, Month, Span, Totals, Wanted, days, month_of, months
from flash.domain.limits import local_day
from flash.usecases.history import Search, find_payments
from flash.web.api.transactions import row_shape
from flash.web.freshness import revalidate
from flash.web.language import speaking

LIST = "transactions"
ASKS_FOR_PAGES = frozenset({"pages", "cursor", "type", "status", "person", "text", "from", "to"})
"""Whoever sends one of these gets pages; the app sends none, and gets a bare array."""
YEAR = 12


@view_config(route_name="transactions", request_method="GET", openapi=True, renderer="json")
def transactions(request: Any) -> Any:
    """List the caller's payments: bare, or in pages."""
    wanted = request.openapi_validated.parameters
    revalidate(request)
    if ASKS_FOR_PAGES & wanted.keys():
        return _page(request, wanted)
    before = UUID(wanted["before"]) if "before" in wanted else None
    found = request.store.history.page(request.account, Span(), limit=wanted["limit"], before=before)
    say = speaking(request, request.account)
    return [row_shape(row, say) for row in found]


def _page(request: Any, wanted: Any) -> dict[str, Any]:
    account, key = request.account, request.services.secret
    since, until = days(_day(wanted.get("from")), _day(wanted.get("to")))
    search = Search(
        span=Span(sent=SENT_WORDS.get(wanted.get("type", "")), since=since, until=until),
        wanted=Wanted(status=wanted.get("status"), text=wanted.get("text", "").strip()),
        person=wanted.get("person", ""),
    )
    scope = f"{LIST} {account.id}"
    before = place_of(wanted["cursor"], key=key, scope=scope) if "cursor" in wanted else None
    page = find_payments(account, search, store=request.store, limit=wanted["limit"], before=before)
    after, say = page.goes_on_after, speaking(request, account)
    return {
        "results": [row_shape(row, say) for row in page.rows],
        "next": cursor_of(after, key=key, scope=scope) if after else None,
    }


@view_config(route_name="totals", request_method="GET", openapi=True, renderer="json")
def totals(request: Any) -> list[dict[str, Any]]:
    """Tell what each month came to: the last twelve, unless others are asked for."""
    wanted = request.openapi_validated.parameters
    last = _month(wanted["to"]) if "to" in wanted else month_of(local_day(request.services.clock.now()))
    first = _month(wanted["from"]) if "from" in wanted else last.earlier(YEAR - 1)
    asked = months(first, last)
    found = request.store.history.totals(request.account, asked)
    revalidate(request)
    return [_month_shape(month, one) for month, one in zip(asked, found, strict=True)]


def _month_shape(month: Month, totals: Totals) -> dict[str, Any]:
    return {
        "month": str(month),
        "currency": totals.sent.currency.code,
        "sent": {"count": totals.sent_count, "amount": str(totals.sent), "fees": str(totals.fees)},
        "received": {"count": totals.received_count, "amount": str(totals.received)},
        "returned": totals.returned,
        "failed": totals.failed,
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _month(text: str) -> Month:
    return month_of(date.fromisoformat(f"{text}-01"))
