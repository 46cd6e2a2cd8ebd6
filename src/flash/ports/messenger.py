"""Short messages to phones."""

from typing import Protocol
from uuid import UUID

from flash.domain.msisdn import Msisdn


class Messenger(Protocol):
    """A way to reach a phone by text."""

    @property
    def shows_codes(self) -> bool:
        """Whether whoever asks for a code may see it in the answer; true only where no phone gets it."""
        ...

    def send(self, message_id: UUID, msisdn: Msisdn, text: str) -> None:
        """Send a text, at most once per id. Never raises: a message that is lost is asked for again by a person."""
        ...
