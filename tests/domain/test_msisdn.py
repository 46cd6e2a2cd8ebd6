"""Phone numbers: one spelling for every way people write a Zambian mobile number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import REPEATABLE
from flash.domain.errors import BadMsisdn
from flash.domain.msisdn import parse_msisdn


@pytest.mark.parametrize(
    "written",
    [
        "+260960000123",
        "260960000123",
        "0960000123",
        "960000123",
        "00260960000123",
        "+00260960000123",
        "+260260960000123",
        "260260960000123",
        "00260260960000123",
        "+2600960000123",
        "096 0000 123",
        "+260 96 0000123",
        "+260-96-000-0123",
        "(096) 000-0123",
        "+260 (0) 96 0000 123",
        "096.000.0123",
        "\u202a+260\u00a096\u00a00000123\u202c",
        "096\u20130000\u2011123",
        "\t0960000123\n",
    ],
)
def test_every_way_to_write_a_number_is_the_same_number(written):
    assert parse_msisdn(written).e164 == "+260960000123"


@pytest.mark.parametrize("prefix", ["95", "96", "97", "75", "76", "77", "55", "56", "57"])
def test_the_mobile_prefixes_of_all_three_operators_are_read(prefix):
    assert str(parse_msisdn(f"0{prefix}0000123")) == f"+260{prefix}0000123"


@pytest.mark.parametrize(
    "written",
    [
        "0211123456",
        "+260211123456",
        "0712345678",
        "254712345678",
        "+254712345678",
        "00254712345678",
        "+960000123",
        "Bob",
        "096BOB0123",
        "0960000123 ext 5",
        "0960000123x5",
        "0960000123;ext=5",
        "0960000001 0970000002",
        "0960000001,0970000002",
        "0960000001/0970000002",
        "096000012",
        "09600001234",
        "++260960000123",
        "096+0000123",
        "",
        " ",
        "+",
        "00",
        "260",
        "260260",
        "9" * 500,
        "0960000123" + " " * 490,
        "٠٩٦٠٠٠٠١٢٣",
        "０９６００００１２３",
        "096000012³",
        "0960000123\x00",
        None,
        960000123,
        b"0960000123",
        ["0960000123"],
    ],
)
def test_what_is_not_one_zambian_mobile_number_is_refused(written):
    with pytest.raises(BadMsisdn) as refusal:
        parse_msisdn(written, field="recipient_phone")
    assert refusal.value.field == "recipient_phone"


@pytest.mark.parametrize("written", ["+254712345678", "00254712345678"])
def test_a_foreign_number_is_told_that_it_is_foreign(written):
    with pytest.raises(BadMsisdn, match="Only Zambian"):
        parse_msisdn(written)


FORMS = ["+260{}", "260{}", "0{}", "{}", "00260{}", "+260260{}"]
DECORATION = st.text(" -().\u00a0\u2013\u200e", max_size=2)


@REPEATABLE
@given(st.integers(0, 9_999_999), st.sampled_from(["95", "96", "97"]), st.sampled_from(FORMS), st.data())
def test_decoration_never_changes_the_number(subscriber, prefix, form, data):
    national = f"{prefix}{subscriber:07d}"
    plain = form.format(national)
    places = data.draw(st.sets(st.integers(0, len(plain)), max_size=10))
    decorated = plain
    for place in sorted(places, reverse=True):
        decorated = decorated[:place] + data.draw(DECORATION) + decorated[place:]
    assert parse_msisdn(decorated).e164 == f"+260{national}"


def test_a_number_in_a_log_is_masked():
    number = parse_msisdn("0960000123")
    assert repr(number) == "Msisdn(+26096****123)"
    assert "0000" not in f"{[number]}"


def test_operators_spell_a_number_without_the_plus():
    assert parse_msisdn("0960000123").digits == "260960000123"
