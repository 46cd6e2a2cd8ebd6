"""Browsers that want hints, and the hints that wait for them, in memory; and a pusher that remembers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.domain.push import Hint, Pushed, PushSubscription

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryPushSubscriptions:
    """See `ports.push.PushSubscriptions`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables
        self._subscriptions = tables.push_subscriptions
        self._hints = tables.push_hints

    def keep(self, subscription: PushSubscription, *, most: int) -> None:
        known = self._subscriptions.get(subscription.id)
        for one in self._of(subscription.account_id):
            if one is not known and not self._is_alive(one, subscription.created_at):
                self._forget(one)
        if known is not None and known.sign_in != subscription.sign_in:
            self._forget(known)
            known = None
        if known is not None:
            subscription = replace(subscription, failures=known.failures, rests_until=known.rests_until)
        self._subscriptions[subscription.id] = subscription
        for old in self._of(subscription.account_id)[most:]:
            self._forget(old)

    def knows(self, subscription: PushSubscription) -> bool:
        known = self._subscriptions.get(subscription.id)
        return known is not None and all(
            getattr(known, name) == getattr(subscription, name) for name in ("sign_in", "p256dh", "auth")
        )

    def of(self, account_id: UUID, now: datetime) -> Sequence[PushSubscription]:
        return [one for one in self._of(account_id) if self._is_alive(one, now)]

    def hold_awake(self, account_id: UUID, now: datetime) -> Sequence[PushSubscription]:
        return [one for one in self.of(account_id, now) if one.is_awake(now)]

    def remove(self, account_id: UUID, subscription_id: str) -> None:
        known = self._subscriptions.get(subscription_id)
        if known is not None and known.account_id == account_id:
            self._forget(known)

    def remove_all(self, account_id: UUID) -> None:
        for one in self._of(account_id):
            self._forget(one)

    def end(self, sign_in: str) -> None:
        """Forget what belongs to a sign-in that ends."""
        for one in [one for one in self._subscriptions.values() if one.sign_in == sign_in]:
            self._forget(one)

    def queue(self, hint: Hint, subscriptions: Sequence[PushSubscription], now: datetime) -> None:
        for one in subscriptions:
            self._hints.setdefault((one.id, hint.message_id), (hint, now))

    def take(self, now: datetime) -> tuple[Hint, PushSubscription | None] | None:
        if not self._hints:
            return None
        oldest = min(self._hints, key=lambda place: self._hints[place][1])
        hint, _ = self._hints.pop(oldest)
        to = self._subscriptions[oldest[0]]
        return hint, to if self._is_alive(to, now) else None

    def left(self, subscription: PushSubscription) -> None:
        known = self._subscriptions.get(subscription.id)
        if known is not None and known.sign_in == subscription.sign_in:
            rests_until = subscription.rests_until
            self._subscriptions[known.id] = replace(known, failures=subscription.failures, rests_until=rests_until)

    def _of(self, account_id: UUID) -> list[PushSubscription]:
        theirs = [one for one in self._subscriptions.values() if one.account_id == account_id]
        return sorted(theirs, key=lambda one: (-one.created_at.timestamp(), one.id))

    def _is_alive(self, one: PushSubscription, now: datetime) -> bool:
        token, revoked_at = self._tables.tokens[one.sign_in]
        return revoked_at is None and token.expires_at > now

    def _forget(self, one: PushSubscription) -> None:
        del self._subscriptions[one.id]
        for place in [place for place in self._hints if place[0] == one.id]:
            del self._hints[place]


class MemoryPusher:
    """Hints in a list; the answers are those that it is told, the last one again and again."""

    public_key = "BKey"

    def __init__(self, *answers: Pushed) -> None:
        self.answers = list(answers) or [Pushed.TAKEN]
        self.pushed: list[tuple[PushSubscription, Hint]] = []

    def push(self, subscription: PushSubscription, hint: Hint, now: datetime) -> Pushed:  # noqa: ARG002 - it has no clock
        """See `ports.push.Pusher`."""
        self.pushed.append((subscription, hint))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
