"""The history over the API: looking for payments, pages, cursors, and what months came to."""

import pytest

from flash.domain.cursor import BadCursor, cursor_of, place_of
from flash.domain.history import Place

LIST, TOTALS = "/api/transactions/transactions/", "/api/transactions/totals/"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def sent(api, token, count):
    return [
        api.send(token, amount=10 + number, description=f"no {number}")["transaction_id"] for number in range(count)
    ]


def turned(api, token, query):
    """All rows of a search, page by page, as ids."""
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{LIST}?{query}{cursor and f'&cursor={cursor}'}", token).json
        found += [row["id"] for row in page["results"]]
        cursor = page["next"]
    return found


STATEMENT = "/api/transactions/statement/?format=csv&from=2026-01-01"


@pytest.mark.parametrize("path", [f"{LIST}?from=", f"{LIST}?to=", f"{STATEMENT}&to="])
def test_a_year_that_there_never_was_is_refused(api, token, path):
    assert api.get(f"{path}0000-01-01", token, status=400).json["error"].startswith("This is a day like")


def test_without_asking_for_pages_the_list_is_the_array_of_the_contract(api, token):
    ids = sent(api, token, 3)
    assert sorted(row["id"] for row in api.get(LIST, token).json) == sorted(ids)
    assert {row["id"] for row in api.get(f"{LIST}?limit=2", token).json} < set(ids)
    page = api.get(f"{LIST}?pages=true", token).json
    assert page == {"results": api.get(LIST, token).json, "next": None}


def test_pages_are_turned_to_the_end_whatever_is_looked_for(api, token):
    ids = sent(api, token, 7)
    for query in (
        "pages=true&limit=2",
        "limit=3&type=sent",
        "limit=2&status=pending",
        "limit=2&text=NO+",
        "limit=2&person=0970000002",
        "limit=2&from=2026-11-01&to=2026-11-30",
    ):
        assert sorted(turned(api, token, query)) == sorted(ids)
    for query in (
        "type=received",
        "status=completed",
        "text=no+99",
        "person=Nobody",
        "from=2026-11-24",
        "to=2026-11-22",
    ):
        assert turned(api, token, query) == []
    assert turned(api, token, "text=no 3&person=%2B260970000002&status=pending&type=sent") == [ids[3]]


def test_a_cursor_is_good_for_one_person_and_as_it_is(api, token):
    sent(api, token, 3)
    cursor = api.get(f"{LIST}?pages=true&limit=1", token).json["next"]
    stranger = api.sign_up("0960000005")
    refused = api.get(f"{LIST}?cursor={cursor}", stranger, status=400).json
    assert refused["code"] == "bad_cursor"
    for at in (0, 12, 30, len(cursor) - 1):
        changed = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        for whose in (token, stranger):
            assert api.get(f"{LIST}?cursor={changed}", whose, status=400).json == refused
    for made_up in ("", "x", "%00", "A" * 48, "A" * 44):
        assert api.get(f"{LIST}?cursor={made_up}", token, status=400).json["code"] == "bad_cursor"
    api.get(f"{LIST}?cursor={'A' * 101}", token, status=400)


@pytest.mark.parametrize(
    "query",
    [
        "type=both",
        "status=done",
        "pages=1",
        "from=yesterday",
        "to=2026-02-30",
        "from=2026-11-02&to=2026-11-01",
        f"text={'x' * 101}",
    ],
)
def test_what_cannot_be_looked_for_is_refused_in_a_sentence(api, token, query):
    refused = api.get(f"{LIST}?{query}", token, status=400).json
    assert refused["error"].endswith(".")


@pytest.mark.parametrize("query", ["from=0001-01-01", "to=9999-12-31", "text=%25_%00", "person=+", "text="])
def test_what_is_odd_and_can_be_looked_for_is(api, token, query):
    sent(api, token, 1)
    assert set(api.get(f"{LIST}?{query}", token).json) == {"results", "next"}


def test_looking_for_something_takes_few_statements(api, token):
    sent(api, token, 5)
    for query, most in (("text=x", 2), ("person=Nobody", 3)):
        with api.statements() as found:
            api.get(f"{LIST}?{query}", token)
        assert len(found) <= most


def test_the_id_of_somebody_elses_request_or_block_leads_nowhere(api, token):
    stranger = api.sign_up("0960000005")
    asked = api.post("/api/transactions/request/", {"payer_phone": "0970000009", "amount": 5}, token, status=201).json
    block = api.post("/api/auth/blocks/", {"phone_number": "0970000009"}, token, status=201).json
    api.pass_by(2)
    api.post("/api/transactions/request/", {"payer_phone": "0970000009", "amount": 7}, stranger, status=201)
    api.post("/api/auth/blocks/", {"phone_number": "0970000008"}, stranger, status=201)
    api.pass_by(2)
    later = api.post("/api/transactions/request/", {"payer_phone": "0970000009", "amount": 6}, token, status=201).json
    late_block = api.post("/api/auth/blocks/", {"phone_number": "0970000007"}, token, status=201).json
    for path, ids in (
        ("/api/transactions/p2p/", (asked["transaction_id"], later["transaction_id"])),
        ("/api/auth/blocks/", (block["id"], late_block["id"])),
    ):
        for name in ids:
            assert api.get(f"{path}?before={name}", stranger).json == []


def test_months_are_told_from_the_earliest_on(api, token):
    api.send(token, amount=25)
    api.pass_by(60)
    found = api.get(TOTALS, token).json
    assert [one["month"] for one in found][:: len(found) - 1] == ["2025-12", "2026-11"]
    assert found[-1] == {
        "month": "2026-11",
        "currency": "ZMW",
        "sent": {"count": 1, "amount": "25.00", "fees": "0.00"},
        "received": {"count": 0, "amount": "0.00"},
        "returned": 0,
        "failed": 0,
    }
    assert [one["month"] for one in api.get(f"{TOTALS}?from=2026-01&to=2026-02", token).json] == ["2026-01", "2026-02"]
    assert len(api.get(f"{TOTALS}?from=2025-01&to=2026-12", token).json) == 24
    for query in ("from=2024-12&to=2026-12", "from=2026-02&to=2026-01", "from=2026-13", "to=November"):
        api.get(f"{TOTALS}?{query}", token, status=400)
    with api.statements() as statements:
        api.get(TOTALS, token)
    assert len(statements) <= 2


def test_a_cursor_says_where_to_go_on_to_the_microsecond(api):
    place = Place(api.clock.now().replace(microsecond=123457), api.chance.new_id())
    cursor = cursor_of(place, key=b"k", scope="s")
    assert place_of(cursor, key=b"k", scope="s") == place
    for key, scope in ((b"l", "s"), (b"k", "t")):
        with pytest.raises(BadCursor):
            place_of(cursor, key=key, scope=scope)
