"""The chain: whatever is changed, deleted or swapped in the past is found, and named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from flash.domain.chain import ORIGIN, Broken, Head, Row, as_line, extended, heads_in, row_digest, verified

START = Head("postings", 0, ORIGIN)
OWNER = UUID(int=5, version=4)


def row(number, **more):
    values = {
        "id": number,
        "transfer_id": OWNER,
        "account": "payee:mtn",
        "amount_minor": 2500 + number,
        "at": datetime(2026, 11, 23, 8, 0, number, tzinfo=UTC),
        "note": None,
    }
    return Row("postings", number, OWNER, values | more)


ROWS = [row(number) for number in range(1, 7)]


def pairs(rows=ROWS):
    return list(zip(extended(START, ROWS), rows, strict=True))


def test_a_digest_is_the_same_on_every_machine_and_in_every_release():
    assert row_digest(ORIGIN, row(1)) == "480b063ebf307842213d513c405ac70217cbc5bf8564f71114eb91c366676557"


def test_an_untouched_chain_holds_and_ends_at_its_last_link():
    last = extended(START, ROWS)[-1]
    assert verified(START, pairs()) == Head("postings", 6, last.digest)
    assert verified(START, []) == START


def test_a_chain_goes_on_where_it_ended():
    first = extended(START, ROWS[:2])
    rest = extended(Head("postings", 2, first[-1].digest), ROWS[2:])
    assert first + rest == extended(START, ROWS)


def test_it_holds_page_by_page():
    head = verified(START, pairs()[:4])
    assert verified(head, pairs()[4:]).length == 6


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 2502},
        {"account": "payee:airtel"},
        {"transfer_id": UUID(int=6, version=4)},
        {"at": datetime(2026, 11, 23, 8, 0, 1, 1, tzinfo=UTC)},
        {"note": ""},
        {"id": 9},
    ],
)
def test_each_column_counts(change):
    assert row_digest(ORIGIN, row(1, **change)) != row_digest(ORIGIN, row(1))


def test_the_table_and_the_digest_before_count():
    assert row_digest("1" * 64, row(1)) != row_digest(ORIGIN, row(1))
    assert row_digest(ORIGIN, replace(row(1), table="evidence")) != row_digest(ORIGIN, row(1))


def test_a_column_of_a_later_release_leaves_older_rows_as_they_are():
    assert row_digest(ORIGIN, row(1, something_new=None)) == row_digest(ORIGIN, row(1))


def test_an_instant_is_the_same_in_every_zone():
    in_lusaka = row(1).values["at"].astimezone(timezone(timedelta(hours=2)))
    assert row_digest(ORIGIN, row(1, at=in_lusaka)) == row_digest(ORIGIN, row(1))


def test_text_cannot_pretend_to_be_another_column():
    one, other = row(1, note='x","account":"fees'), row(1, account="fees", note="x")
    assert row_digest(ORIGIN, one) != row_digest(ORIGIN, other)


@pytest.mark.parametrize("place", range(6))
def test_an_edited_row_is_found_where_it_is(place):
    rows = [*ROWS[:place], row(place + 1, amount_minor=1), *ROWS[place + 1 :]]
    with pytest.raises(Broken, match=f"^postings position {place + 1}, row {place + 1} of transfer {OWNER}: .*changed"):
        verified(START, pairs(rows))


@pytest.mark.parametrize("place", range(6))
def test_a_deleted_row_is_found_where_it_was(place):
    with pytest.raises(Broken, match=f"^postings position {place + 1}, row {place + 1} .*: the row was deleted"):
        verified(START, pairs([*ROWS[:place], None, *ROWS[place + 1 :]]))


@pytest.mark.parametrize("place", range(5))
def test_a_link_that_was_deleted_leaves_a_gap(place):
    found = pairs()
    del found[place]
    with pytest.raises(Broken, match=f"position {place + 2}, .* gap after position {place}"):
        verified(START, found)


@pytest.mark.parametrize("place", range(5))
def test_a_swapped_pair_of_rows_is_found(place):
    rows = list(ROWS)
    one, other = rows[place], rows[place + 1]
    rows[place] = replace(other, id=one.id, values=dict(other.values) | {"id": one.id})
    rows[place + 1] = replace(one, id=other.id, values=dict(one.values) | {"id": other.id})
    with pytest.raises(Broken, match=f"position {place + 1}, .*changed"):
        verified(START, pairs(rows))


@pytest.mark.parametrize("place", range(5))
def test_a_swapped_pair_of_links_is_found(place):
    found = pairs()
    (one, first), (other, second) = found[place], found[place + 1]
    found[place] = (replace(other, position=one.position), second)
    found[place + 1] = (replace(one, position=other.position), first)
    with pytest.raises(Broken, match=f"position {place + 1}, .*changed"):
        verified(START, found)


def test_a_row_given_to_another_transfer_is_found_also_when_only_its_link_says_so():
    found = pairs()
    found[2] = (replace(found[2][0], transfer_id=UUID(int=9, version=4)), found[2][1])
    with pytest.raises(Broken, match="position 3"):
        verified(START, found)


def test_what_an_audit_prints_can_be_read_again():
    heads = [Head("evidence", 12, "a" * 64), Head("postings", 0, ORIGIN)]
    text = "\n".join(
        ["noise", *map(as_line, heads), "chain unknown 3 x", "chain evidence many x", "The audit is clean."]
    )
    assert list(heads_in(text)) == heads
