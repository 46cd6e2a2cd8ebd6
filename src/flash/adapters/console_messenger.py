"""Messages for the demo: they appear in the log of the service, and codes in the answer to whoever asked."""

import logging
from uuid import UUID

from flash.domain.message import Delivery
from flash.domain.msisdn import Msisdn
from flash.ports.messenger import Messenger
from flash.settings import Settings

log = logging.getLogger(__name__)


class ConsoleMessenger:
    """Prints that there is a message. The text is not printed: it may hold a code, and logs are kept."""

    shows_codes = True

    def send(self, message_id: UUID, to: Msisdn, text: str) -> Delivery:
        """See `ports.messenger.Messenger`."""
        log.info("message %s of %d characters to %s", message_id, len(text), to.masked)
        return Delivery.ACCEPTED


def from_settings(_settings: Settings) -> Messenger:
    """Build it; it has no settings."""
    return ConsoleMessenger()
