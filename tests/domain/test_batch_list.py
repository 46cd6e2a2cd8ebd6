"""Lists of payments as people write them: what can be read, and every fault told with its line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import money, msisdn
from flash.domain.batch import MOST_LINES, MOST_TOLD, BadLines
from flash.domain.batch_list import read_csv, read_lines
from flash.domain.errors import BadInput


def line(phone="0970000002", amount="12.50", **more):
    return {"recipient_phone": phone, "amount": amount, **more}


def faults(written):
    with pytest.raises(BadLines) as refused:
        read_lines(written, "list")
    return [(fault.line, fault.field) for fault in refused.value.faults]


def test_a_line_is_read_with_its_number_and_a_key_of_its_own():
    first, second = read_lines([line(description=" Wages  May "), line("0970000003", 3, key="mine")], "list")
    assert (first.number, first.payee, first.amount) == (1, msisdn("0970000002"), money("12.50"))
    assert (first.description, first.key) == ("Wages May", "list/1")
    assert (second.number, second.amount, second.key) == (2, money("3.00"), "mine")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (line("Bob"), "recipient_phone"),
        (line(97), "recipient_phone"),
        (line(amount="1.005"), "amount"),
        (line(amount="NaN"), "amount"),
        (line(amount=True), "amount"),
        (line(amount=1.5), "amount"),
        (line(amount=None), "amount"),
        (line(description="x" * 501), "description"),
        (line(description=["a"]), "description"),
        (line(key="k" * 201), "key"),
        (line(key="é"), None),
        ({"amount": "1"}, None),
        ({}, None),
        ("text", None),
        (None, None),
    ],
)
def test_a_line_that_cannot_be_used_is_named(wrong, field):
    assert faults([line(), wrong, line("0970000003")]) == [(2, field)]


def test_every_wrong_line_is_named_and_the_text_tells_how_many():
    with pytest.raises(BadLines, match=r"^Line 1: .* 2 lines of the list cannot be used\. Nothing was sent\.$"):
        read_lines([line("Bob"), line(), line(amount="x")], "list")
    assert len(faults([line("Bob")] * 200)) == MOST_TOLD


def test_two_lines_with_one_key_are_refused():
    assert faults([line(key="same"), line("0970000003", key="same")]) == [(2, "key")]
    assert faults([line(key="list/2"), line("0970000003")]) == [(2, "key")]


def test_a_line_that_says_the_same_twice_is_refused_unless_both_are_meant():
    assert faults([line(), line()]) == [(2, None)]
    assert len(read_lines([line(key="a"), line(key="b")], "list")) == 2


@pytest.mark.parametrize("count", [0, MOST_LINES + 1])
def test_no_lines_and_too_many_are_refused(count):
    with pytest.raises(BadInput):
        read_lines([line()] * count, "list")


@pytest.mark.parametrize(
    "content",
    [
        b"recipient_phone,amount\n0970000002,5\n",
        b"\xef\xbb\xbfAmount; Recipient_Phone\r\n5;0970000002\r\n\r\n",
        b'"recipient_phone","amount","key"\n"0970000002","5",\n',
    ],
)
def test_a_csv_file_of_any_program_is_read(content):
    (read,) = read_lines(read_csv(content), "list")
    assert (read.payee, read.amount, read.key) == (msisdn("0970000002"), money("5.00"), "list/1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"amount\n5\n",
        b"recipient_phone,amount,pin\n0970000002,5,1\n",
        b"amount,amount,recipient_phone\n5,6,0970000002\n",
        b"recipient_phone,amount\n\xff,5\n",
        b'recipient_phone,amount\n"0970000002,5\n',
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_list_is_refused(content):
    with pytest.raises(BadInput):
        read_csv(content)


def test_only_ends_of_lines_end_a_row_and_a_quoted_cell_may_have_two():
    rows = read_csv(b"recipient_phone,amount,description\n0970000002,1.00,x\f0970000009\n")
    assert len(rows) == 1
    (row,) = read_csv(b'recipient_phone,amount,description\n0970000002,1.00,"two\nlines"\n')
    assert row["description"] == "two\nlines"


@pytest.mark.parametrize("amount", ["1_000", "1e2", "\uff11\uff12", "\u0663", "+5", "-5", "5.", ".5", "0x10", "", " "])
def test_what_only_a_program_takes_for_a_number_is_no_amount(amount):
    assert faults([line(amount=amount)]) == [(1, "amount")]


def test_a_row_with_more_cells_than_columns_is_a_fault_of_that_line():
    assert faults(read_csv(b"recipient_phone,amount\n0970000002,5\n0970000003,1,000\n")) == [(2, None)]


@given(st.binary(max_size=200), st.lists(st.dictionaries(st.text(max_size=20), st.integers() | st.text(), max_size=4)))
def test_nothing_breaks_the_reading(content, written):
    for read in (lambda: read_lines(read_csv(content), "list"), lambda: read_lines(written, "list")):
        with suppress(BadInput):
            found = read()
            assert [one.number for one in found] == list(range(1, len(found) + 1))
            assert len({one.key for one in found}) == len(found)
