"""People: names, passwords and short secrets."""

import pytest

from flash.domain.account import check_password, clean_text, keyed_digest, token_digest
from flash.domain.errors import BadInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mutale Banda", "Mutale Banda"),
        ("  Mutale \t\n  Banda ", "Mutale Banda"),
        ("Ng’andu Chilufya-Mwila", "Ng’andu Chilufya-Mwila"),
        ("食事 🎉", "食事 🎉"),
        ("   ", ""),
        ("", ""),
    ],
)
def test_text_is_kept_with_its_white_space_folded(typed, kept):
    assert clean_text(typed, 100, field="full_name") == kept


@pytest.mark.parametrize("typed", ["nul\x00", "bell\x07", "escape\x1b[31m", "\x7f", "\ud800", "next\x9bline"])
def test_what_cannot_be_stored_or_shown_is_refused(typed):
    with pytest.raises(BadInput, match="cannot be used") as refusal:
        clean_text(typed, 100, field="full_name")
    assert refusal.value.field == "full_name"


def test_the_length_counts_after_folding():
    assert clean_text("a" + " " * 500 + "b", 3, field="description") == "a b"
    with pytest.raises(BadInput, match="at most 3 characters"):
        clean_text("abcd", 3, field="description")


@pytest.mark.parametrize("password", ["123456", "p" * 256, "пароль", "      "])
def test_a_password_of_six_to_256_characters_is_taken_as_it_is(password):
    assert check_password(password, password) == password


@pytest.mark.parametrize(
    ("password", "again", "field"),
    [
        ("", "", "password"),
        ("12345", "12345", "password"),
        ("p" * 257, "p" * 257, "password"),
        ("123456", "123457", "password_confirm"),
        ("123456", "123456 ", "password_confirm"),
    ],
)
def test_a_password_too_short_too_long_or_not_repeated_is_refused(password, again, field):
    with pytest.raises(BadInput) as refusal:
        check_password(password, again)
    assert refusal.value.field == field


def test_a_digest_tells_nothing_of_its_token():
    assert token_digest("t") == token_digest("t") != token_digest("u")
    assert len(token_digest("t")) == 64


def test_a_short_secret_is_worth_nothing_without_the_key():
    digest = keyed_digest(b"key", "code", "+260960000001", "123456")
    assert digest == keyed_digest(b"key", "code", "+260960000001", "123456")
    assert digest != keyed_digest(b"other", "code", "+260960000001", "123456")
    assert digest != keyed_digest(b"key", "proof", "+260960000001", "123456")


def test_the_parts_of_a_secret_do_not_run_into_each_other():
    assert keyed_digest(b"key", "ab", "c") != keyed_digest(b"key", "a", "bc")
