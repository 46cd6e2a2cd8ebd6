"""Tell browsers what messages tell phones: each hint is queued as its message leaves, and pushed once."""

import logging
from dataclasses import dataclass
from datetime import datetime

from flash.domain.account import Account
from flash.domain.errors import NotFound
from flash.domain.message import Kind, Message
from flash.domain.push import ACTIVITY, HINTED, Hint, Pushed, PushSubscription
from flash.domain.text import Language, Text
from flash.domain.words import HINT_TITLES
from flash.ports.clock import Clock
from flash.ports.push import Pusher
from flash.ports.store import Store, UnitOfWork
from flash.ports.words import Words
from flash.usecases.mistakes import tell

log = logging.getLogger(__name__)

EVERY_S = 0.5
"""Seconds from one look into an empty queue to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hinter:
    """Queues hints and pushes them. Any number may do so at once; each takes one hint at a time.

    Attributes:
        words: says a hint in the language of whoever gets it.
    """

    unit_of_work: UnitOfWork
    pusher: Pusher
    clock: Clock
    words: Words

    def note(self, message: Message) -> None:
        """Queue what a message tells for the browsers of whoever gets it. Raises nothing: the message is what counts.

        It is called at the first attempt at a message alone, and calls nobody outside, so that a push service that
        hangs is in no message's way.
        """
        if message.kind not in HINTED or message.told is None or message.attempts > 1:
            return
        try:
            with self.unit_of_work() as store:
                self._queue(message, message.told, store)
        except Exception as error:  # noqa: BLE001 - told here; the message goes its way
            tell(log, error, "no hint could be queued of message %s", message.id)

    def _queue(self, message: Message, told: Text, store: Store) -> None:
        now = self.clock.now()
        account = store.accounts.by_msisdn(message.to)
        awake = store.push.hold_awake(account.id, now) if account else ()
        if account is None or not awake or message.expires_at <= now:
            return
        language = account.language or Language.ENGLISH
        hint = Hint(
            message_id=message.id,
            kind=message.kind,
            title=self.words.say(language, Text(HINT_TITLES[message.kind])),
            body=self.words.say(language, told),
            url=_page(message.kind, told, account, store),
            expires_at=message.expires_at,
        )
        store.push.queue(hint, awake, now)

    def push(self) -> int:
        """Push the hint that waits for longest.

        It leaves the queue first: a process that dies over it loses this one hint.

        Returns:
            How many were taken.
        """
        now = self.clock.now()
        with self.unit_of_work() as store:
            taken = store.push.take(now)
        if taken is None:
            return 0
        hint, subscription = taken
        if subscription is not None and subscription.is_awake(now) and now < hint.expires_at:
            self._push(hint, subscription, now)
        return 1

    def _push(self, hint: Hint, subscription: PushSubscription, now: datetime) -> None:
        try:
            pushed = self.pusher.push(subscription, hint, now)
        except Exception as error:  # noqa: BLE001 - told here, and the browser rests for a while
            tell(log, error, "the pusher broke on the hint of message %s", hint.message_id)
            pushed = Pushed.FAILED
        after = subscription.after(pushed, self.clock.now())
        if after == subscription:
            return
        with self.unit_of_work() as store:
            if after is None:
                store.push.remove(subscription.account_id, subscription.id)
            else:
                store.push.left(after)


def _page(kind: Kind, told: Text, account: Account, store: Store) -> str:
    """Return the page of the app that shows what a message is about."""
    number = str(told.places.get("ref", ""))
    if kind is Kind.REQUEST:
        asked = store.requests.find(account, number)
        return f"/#/request/{asked.request.id}" if asked else ACTIVITY
    try:
        return f"/#/payment/{store.transfers.history_row(account, number).id}"
    except NotFound:
        return ACTIVITY
