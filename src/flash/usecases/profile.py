"""Change what a person tells about themselves, and how their phone shall behave."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flash.domain.account import Account, clean_text
from flash.domain.limits import local_day
from flash.domain.profile import LONGEST_ADDRESS, LONGEST_ID_NUMBER, Profile, new_birthday, new_email, new_name
from flash.domain.text import Language
from flash.ports.clock import Clock
from flash.ports.store import Store


@dataclass(frozen=True, slots=True)
class Person:
    """An account with its profile."""

    account: Account
    profile: Profile


def change_details(told: Mapping[str, Any], account: Account, *, store: Store) -> Account:
    """Change name, email address and language, as far as they were told, and nothing else.

    Raises:
        BadInput: one of them cannot be used.
    """
    details: dict[str, Any] = {}
    if "full_name" in told:
        details["full_name"] = new_name(told["full_name"])
    if "email" in told:
        details["email"] = new_email(told["email"])
    store.accounts.set_details(account.id, **details)
    if "language" in told:
        details["language"] = Language(told["language"]) if told["language"] else None
        store.accounts.set_language(account.id, details["language"])
    return replace(account, **details)


def change_profile(told: Mapping[str, Any], account: Account, *, store: Store, clock: Clock) -> Person:
    """Change what was told of a profile; empty or null clears it.

    Raises:
        BadInput: one of them cannot be used; then nothing is changed.
    """
    changes: dict[str, Any] = {}
    if "date_of_birth" in told:
        changes["date_of_birth"] = new_birthday(told["date_of_birth"], local_day(clock.now()))
    for name, longest in (("address", LONGEST_ADDRESS), ("id_number", LONGEST_ID_NUMBER)):
        if name in told:
            changes[name] = clean_text(told[name] or "", longest, field=name)
    account = change_details(told, account, store=store)
    return Person(account, _changed(changes, account, store))


def change_settings(changes: Mapping[str, Any], account: Account, *, store: Store) -> Profile:
    """Change what is named of how the phone shall behave."""
    return _changed(changes, account, store)


def _changed(changes: Mapping[str, Any], account: Account, store: Store) -> Profile:
    if changes:
        store.profiles.change(account.id, changes)
    return store.profiles.get(account.id)
