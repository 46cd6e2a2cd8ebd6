"""What is sealed opens as it was; what was changed, or sealed by somebody else, does not."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from flash.adapters.ed25519_seals import Ed25519Seals, from_settings, opened
from flash.domain.seal import BrokenSeal, bytes_of, code_of
from flash.settings import BadSettings, Settings

FIRST, SECOND = b"the first secret of the tests", b"the second secret of the tests"
SEALS = Ed25519Seals({1: FIRST})
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"


@given(st.binary(max_size=60))
def test_what_is_sealed_opens_as_it_was(content: bytes) -> None:
    assert SEALS.opened(bytes_of(code_of(SEALS.seal(content)))) == content


@given(st.binary(max_size=30), st.data())
def test_a_code_changed_in_one_character_is_refused(content: bytes, data: st.DataObject) -> None:
    code = code_of(SEALS.seal(content))
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([letter for letter in LETTERS if letter != code[at]]))
    with pytest.raises(BrokenSeal):
        SEALS.opened(bytes_of(code[:at] + other + code[at + 1 :]))


def test_every_other_last_character_is_refused_although_it_may_stand_for_the_same_bytes() -> None:
    code = code_of(SEALS.seal(b"a receipt"))
    for other in set(LETTERS) - {code[-1]}:
        with pytest.raises(BrokenSeal):
            SEALS.opened(bytes_of(code[:-1] + other))


@pytest.mark.parametrize(("letter", "other"), [("S", "\u017f"), ("I", "\u0131"), ("K", "\u212a")])
def test_a_letter_that_becomes_the_right_one_as_a_capital_is_another_one(letter: str, other: str) -> None:
    codes = (code_of(SEALS.seal(str(number).encode())) for number in range(99))
    code = next(code for code in codes if letter in code)
    with pytest.raises(BrokenSeal):
        bytes_of(code.replace(letter, other, 1))


def test_how_people_write_a_code_does_not_matter() -> None:
    code = code_of(SEALS.seal(b"a receipt"))
    assert bytes_of(f" {code[:8].lower()}-{code[8:20]} {code[20:]}\n") == bytes_of(code)


@pytest.mark.parametrize("text", ["", " - ", "A", "1" * 100, "A" * 513, "Ä" * 16, "ABCDEFGH"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(BrokenSeal):
        SEALS.opened(bytes_of(text))


def test_after_a_rotation_old_seals_are_trusted_and_new_ones_are_made_with_the_new_key() -> None:
    rotated = Ed25519Seals({1: FIRST, 2: SECOND})
    old, new = SEALS.seal(b"a receipt"), rotated.seal(b"a receipt")
    assert rotated.opened(old) == rotated.opened(new) == b"a receipt"
    with pytest.raises(BrokenSeal):
        SEALS.opened(new)
    assert [(key.number, key.in_use) for key in rotated.published()] == [(1, False), (2, True)]


def test_a_key_that_was_taken_away_is_not_trusted_any_more() -> None:
    with pytest.raises(BrokenSeal):
        Ed25519Seals({2: SECOND}).opened(SEALS.seal(b"a receipt"))


def test_the_key_of_somebody_else_under_our_number_is_not_trusted() -> None:
    with pytest.raises(BrokenSeal):
        SEALS.opened(Ed25519Seals({1: SECOND}).seal(b"a receipt"))


def test_published_keys_alone_check_a_seal() -> None:
    trusted = {key.number: Ed25519PublicKey.from_public_bytes(key.raw) for key in SEALS.published()}
    assert opened(SEALS.seal(b"a receipt"), trusted) == b"a receipt"


@pytest.mark.parametrize("number", ["0", "256", "x", "\u00b2"])
def test_a_key_whose_number_is_none_stops_the_start(number: str) -> None:
    with pytest.raises(BadSettings):
        from_settings(Settings({f"flash.seal_key.{number}": "a secret"}))


def test_no_key_at_all_stops_the_start() -> None:
    with pytest.raises(BadSettings):
        from_settings(Settings({}))
