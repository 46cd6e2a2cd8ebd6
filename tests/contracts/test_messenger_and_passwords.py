"""What messengers and password hashes promise, over every one there is."""

import logging
import uuid

import pytest

from factories import PASSWORDS, msisdn
from flash.adapters.console_messenger import ConsoleMessenger
from flash.adapters.memory import MemoryMessenger
from flash.ports.messenger import Messenger

TEXT = "123456 is your Flash code."


@pytest.mark.parametrize("messenger", [MemoryMessenger(), ConsoleMessenger()], ids=["memory", "console"])
def test_a_message_is_sent_without_its_text_or_number_in_the_log(
    messenger: Messenger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    messenger.send(uuid.uuid4(), msisdn("0960000123"), TEXT)
    assert "123456" not in caplog.text
    assert "0960000123"[1:] not in caplog.text


def test_a_message_leaves_once_per_id() -> None:
    messenger, message_id = MemoryMessenger(), uuid.uuid4()
    messenger.send(message_id, msisdn("0960000123"), TEXT)
    messenger.send(message_id, msisdn("0960000123"), "another")
    assert messenger.sent == {message_id: (msisdn("0960000123"), TEXT)}


def test_codes_are_shown_only_where_no_phone_gets_them() -> None:
    assert (MemoryMessenger().shows_codes, ConsoleMessenger().shows_codes) == (False, True)


def test_a_password_is_stored_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = PASSWORDS.hash("a sentence"), PASSWORDS.hash("a sentence")
    assert first.startswith("$argon2id$")
    assert first != second


def test_a_password_matches_its_own_hash_and_nothing_else() -> None:
    stored = PASSWORDS.hash("a sentence")
    assert PASSWORDS.matches(stored, "a sentence")
    assert not PASSWORDS.matches(stored, "another sentence")
    assert not PASSWORDS.matches(None, "the password of nobody")
    assert not PASSWORDS.matches("", "the password of nobody")
    assert not PASSWORDS.matches("no hash at all", "a sentence")
