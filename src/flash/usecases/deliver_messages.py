"""Bring messages to the gateway: count the attempt, hand it over with no transaction open, store the answer."""

import logging
from dataclasses import dataclass

from flash.domain.message import LEASE, Delivery, Message, fits, readable
from flash.domain.news import checkable
from flash.domain.text import Language
from flash.ports.clock import Clock
from flash.ports.messenger import Messenger
from flash.ports.store import Store, UnitOfWork
from flash.ports.words import Words
from flash.usecases.mistakes import tell
from flash.usecases.push_hints import Hinter

log = logging.getLogger(__name__)

EVERY_S = 0.5
"""Seconds from one look into an empty outbox to the next: somebody is waiting for a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """Brings messages to the gateway. Any number may do so at once; each takes one message at a time.

    Attributes:
        key: of the one-time codes, which are not in the stored text.
        words: says a message in the language of whoever gets it.
        public_url: where anybody can check a payment; empty where there is no such place.
        hinter: tells browsers the same; None where no hints are pushed.
    """

    unit_of_work: UnitOfWork
    messenger: Messenger
    clock: Clock
    key: bytes
    words: Words
    public_url: str = ""
    hinter: Hinter | None = None

    def deliver(self, most: int = 1) -> int:
        """Deliver messages that are due.

        A process that dies after handing one over, and before that is stored, leaves it due: it is handed over again
        under the same id.

        Returns:
            How many were taken; no more than *most*.
        """
        for taken in range(most):
            now = self.clock.now()
            with self.unit_of_work() as store:
                claimed = store.outbox.claim_due(now, until=now + LEASE, limit=1)
                language = _language(claimed[0], store) if claimed else Language.ENGLISH
            if not claimed:
                return taken
            if self.hinter is not None:
                self.hinter.note(claimed[0])
            after = self._handed_over(claimed[0], language)
            with self.unit_of_work() as store:
                store.outbox.settle(after)
        return most

    def _handed_over(self, message: Message, language: Language) -> Message:
        if message.expires_at <= self.clock.now():
            log.warning("message %s (%s) was not sent in time", message.id, message.kind)
            return message.lapsed()
        try:
            delivery = self.messenger.send(message.id, message.to, self._text(message, language))
        except Exception as error:  # noqa: BLE001 - told here, and tried again
            tell(log, error, "the messenger broke on message %s", message.id)
            delivery = Delivery.UNCLEAR
        if delivery is Delivery.REFUSED:
            log.warning("message %s (%s) was refused", message.id, message.kind)
        return message.after(delivery, self.clock.now())

    def _text(self, message: Message, language: Language) -> str:
        """Return what the phone shall show: the first of these that fits into one SMS."""
        if message.told is None:
            return readable(message, self.key)
        ways = (checkable(message.told, self.public_url), message.told)
        said = (self.words.say(language, way) for way in ways if way is not None)
        return next((text for text in said if fits(text)), message.text)


def _language(message: Message, store: Store) -> Language:
    """Return the language of whoever gets a message; one that is said in English only needs no look."""
    account = store.accounts.by_msisdn(message.to) if message.told else None
    return (account.language if account else None) or Language.ENGLISH
