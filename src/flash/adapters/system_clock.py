"""The computer's own clock and its source of chance."""

import secrets
from datetime import UTC, datetime
from uuid import UUID, uuid4


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """See `ports.clock.Clock`."""
        return datetime.now(UTC)


class SystemChance:
    """Chance from the operating system, fit for secrets."""

    def new_id(self) -> UUID:
        """See `ports.clock.Chance`."""
        return uuid4()

    def token(self) -> str:
        """See `ports.clock.Chance`."""
        return secrets.token_urlsafe(32)
