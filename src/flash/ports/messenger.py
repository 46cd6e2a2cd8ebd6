"""A way to reach phones by text."""

from typing import Protocol
from uuid import UUID

from flash.domain.message import Delivery
from flash.domain.msisdn import Msisdn


class Messenger(Protocol):
    """Whoever brings short messages to phones."""

    @property
    def shows_codes(self) -> bool:
        """Whether whoever asks for a code may see it in the answer; true only where no phone gets it."""
        ...

    def send(self, message_id: UUID, to: Msisdn, text: str) -> Delivery:
        """Hand over one message. Never raises: whatever is neither a clear yes nor a clear no is `UNCLEAR`.

        The id goes along, so that whoever takes the same message twice can tell.
        """
        ...
