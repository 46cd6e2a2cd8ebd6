"""Find payments in a person's history, page by page, and never look at too many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flash.domain.account import Account
from flash.domain.contact import MOST_CONTACTS
from flash.domain.errors import BadMsisdn
from flash.domain.history import Place, Shown, Span, Wanted
from flash.domain.msisdn import parse_msisdn
from flash.ports.history import HistoryRow
from flash.ports.store import Store

GLANCE = 250
"""So many rows are read at once while something is looked for."""
MOST_LOOKED_AT = 1000
"""So many rows one page may cost. Who looks for something rare gets short pages, and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a person looks for.

    Attributes:
        person: the other one: a number in any form, or part of the name, theirs or the one in the caller's contacts.
    """

    span: Span
    wanted: Wanted
    person: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the place after which the next page begins; None when there is nothing more."""

    rows: Sequence[HistoryRow]
    goes_on_after: Place | None


def find_payments(account: Account, search: Search, *, store: Store, limit: int, before: Place | None = None) -> Page:
    """Return a page of what the person looks for, the newest first.

    It may have fewer rows than asked for, or none, and yet go on: no page looks at more than `MOST_LOOKED_AT`.
    """
    wanted = _with_person(account, search, store)
    at_once = limit + 1 if wanted.anything else GLANCE
    found: list[HistoryRow] = []
    place, looked_at = before, 0
    while looked_at < MOST_LOOKED_AT:
        rows = store.history.page(account, search.span, limit=at_once, before=place)
        for row in rows:
            if len(found) == limit:
                return Page(found, place)
            place = row.place
            if wanted.fits(_shown(row)):
                found.append(row)
        if len(rows) < at_once:
            return Page(found, None)
        looked_at += len(rows)
    return Page(found, place)


def _with_person(account: Account, search: Search, store: Store) -> Wanted:
    """Return what is wanted, with the numbers that the person looked for may have."""
    person = search.person.strip()
    if not person:
        return search.wanted
    try:
        return replace(search.wanted, phones=frozenset({parse_msisdn(person).e164}))
    except BadMsisdn:
        known = store.contacts.list(account.id, after=None, limit=MOST_CONTACTS)
        named = frozenset(one.msisdn.e164 for one in known if person.casefold() in one.name.casefold())
        return replace(search.wanted, phones=named, name=person)


def _shown(row: HistoryRow) -> Shown:
    return Shown(
        state=row.state,
        number=row.number,
        names=(row.other_name,),
        phone=row.other.e164,
        description=row.description,
    )
