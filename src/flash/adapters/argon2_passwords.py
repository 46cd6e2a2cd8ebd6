"""Passwords hashed by argon2id, with the parameters that OWASP recommends for it."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from flash.ports.passwords import Passwords
from flash.settings import Settings, whole

AT_ONCE = 4
"""Hashes computed at the same time; each takes its memory, and all of them the processor."""


class Argon2Passwords:
    """Argon2id in the PHC string format.

    Args:
        memory_kib: memory for one hash, in KiB.
        rounds: passes over that memory.
    """

    def __init__(self, *, memory_kib: int = 19456, rounds: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """See `ports.passwords.Passwords`."""
        with self._turns:
            return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """See `ports.passwords.Passwords`."""
        with self._turns:
            try:
                return self._hasher.verify(stored or self._nobodys, password) and bool(stored)
            except (VerificationError, InvalidHashError):
                return False


def from_settings(settings: Settings) -> Passwords:
    """Build it from `argon2.*`; the defaults are OWASP's."""
    with settings.reading() as read:
        memory_kib = read("argon2.memory_kib", whole, "19456")
        rounds = read("argon2.rounds", whole, "2")
    return Argon2Passwords(memory_kib=memory_kib, rounds=rounds)
