"""Every port in memory, for tests that run the whole core without a database, a queue, a phone or time passing."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flash.domain.facts import Fact
from flash.domain.message import Delivery
from flash.domain.msisdn import Msisdn
from flash.ports.jobs import Work


class MemoryClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """See `ports.clock.Clock`."""
        return self._now

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass."""
        self._now += duration


class MemoryChance:
    """Chance that repeats itself for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - it must be repeatable, and guards nothing

    def new_id(self) -> UUID:
        """See `ports.clock.Chance`."""
        return UUID(int=self._random.getrandbits(128), version=4)

    def token(self) -> str:
        """See `ports.clock.Chance`."""
        return f"{self._random.getrandbits(256):064x}"


class MemoryJobs:
    """Wake-ups in a list."""

    def __init__(self) -> None:
        self.woken: list[UUID] = []

    def advance(self, transfer_id: UUID) -> None:
        """See `ports.jobs.WakeUps`."""
        self.woken.append(transfer_id)

    def waiting(self) -> int | None:
        """See `ports.jobs.Jobs`."""
        return len(self.woken)

    def start(self, work: Work) -> None:
        """Do nothing: a test advances when it likes."""

    def stop(self) -> None:
        """Do nothing, as `start`."""


class MemoryMeter:
    """Facts in a list."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def note(self, *facts: Fact) -> None:
        """See `ports.meter.Meter`."""
        self.facts += facts


class MemoryMessenger:
    """Messages in a list, each once per id, as a phone network that recognises them would deliver them."""

    shows_codes = False

    def __init__(self) -> None:
        self.sent: dict[UUID, tuple[Msisdn, str]] = {}

    def send(self, message_id: UUID, to: Msisdn, text: str) -> Delivery:
        """See `ports.messenger.Messenger`."""
        self.sent.setdefault(message_id, (to, text))
        return Delivery.ACCEPTED
