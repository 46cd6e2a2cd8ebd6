"""Browsers that want hints, the queue of hints, and whoever pushes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.push import Hint, Pushed, PushSubscription


class PushSubscriptions(Protocol):
    """Subscriptions, each alive as long as its sign-in, and the hints that wait for them."""

    def keep(self, subscription: PushSubscription, *, most: int) -> None:
        """Store a subscription, in place of one with the same endpoint, whosesoever that was.

        Hints that wait for another sign-in at that endpoint are forgotten. Of the person's subscriptions those go whose
        sign-ins have ended, and *most* stay, the latest. Until the unit of work ends, nobody else can store one for
        the same person.
        """
        ...

    def knows(self, subscription: PushSubscription) -> bool:
        """Whether the same endpoint is there, of the same sign-in and with the same keys."""
        ...

    def of(self, account_id: UUID, now: datetime) -> Sequence[PushSubscription]:
        """Return the person's subscriptions whose sign-ins have not ended, the latest first."""
        ...

    def hold_awake(self, account_id: UUID, now: datetime) -> Sequence[PushSubscription]:
        """Return those of them that do not rest; none of them is removed until the unit of work ends."""
        ...

    def remove(self, account_id: UUID, subscription_id: str) -> None:
        """Forget one of the person's subscriptions, and what waits for it, if there is such a one."""
        ...

    def remove_all(self, account_id: UUID) -> None:
        """Forget all subscriptions of a person."""
        ...

    def queue(self, hint: Hint, subscriptions: Sequence[PushSubscription], now: datetime) -> None:
        """Put a hint into the queue, for each of these subscriptions once."""
        ...

    def take(self, now: datetime) -> "tuple[Hint, PushSubscription | None] | None":
        """Take the hint that waits for longest out of the queue; None when none does.

        Each is given to one taker, and is gone whatever becomes of the taker. It comes with where to push it; None
        when the sign-in there has ended.
        """
        ...

    def left(self, subscription: PushSubscription) -> None:
        """Store how a push left a subscription, if it is still there."""
        ...


class Pusher(Protocol):
    """Brings hints to browsers, by way of their push services."""

    @property
    def public_key(self) -> str:
        """The key by which browsers know who may push: they are told it when they subscribe."""
        ...

    def push(self, subscription: PushSubscription, hint: Hint, now: datetime) -> Pushed:
        """Hand over one hint, once. It returns within some seconds, and raises nothing."""
        ...
