"""Browsers that want hints, and the hints that wait for them, in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, not_, or_, select, tuple_, update
from sqlalchemy.orm import Session

from flash.adapters.sql.people import hold_account, upsert
from flash.adapters.sql.people_tables import tokens
from flash.adapters.sql.push_tables import push_hints, push_subscriptions
from flash.domain.message import Kind
from flash.domain.push import Hint, PushSubscription

SUBSCRIPTIONS, HINTS = push_subscriptions.c, push_hints.c
LATEST_FIRST = (SUBSCRIPTIONS.created_at.desc(), SUBSCRIPTIONS.id)


class SqlPushSubscriptions:
    """See `ports.push.PushSubscriptions`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, subscription: PushSubscription, *, most: int) -> None:
        """See `ports.push.PushSubscriptions`. Whoever stores one holds the person, so the count is true until the end.

        What failed there before is remembered: telling the same again mends no push service.
        """
        hold_account(self._session, subscription.account_id)
        theirs = SUBSCRIPTIONS.account_id == subscription.account_id
        of_another = and_(SUBSCRIPTIONS.id == subscription.id, SUBSCRIPTIONS.sign_in != subscription.sign_in)
        ended = SUBSCRIPTIONS.sign_in.in_(select(tokens.c.digest).where(not_(_alive(subscription.created_at))))
        self._session.execute(delete(push_subscriptions).where(or_(of_another, and_(theirs, ended))))
        told = {
            "account_id": subscription.account_id,
            "sign_in": subscription.sign_in,
            "endpoint": subscription.endpoint,
            "p256dh": subscription.p256dh,
            "auth": subscription.auth,
            "created_at": subscription.created_at,
        }
        statement = upsert(self._session, push_subscriptions).values(
            {**told, "id": subscription.id, "failures": 0, "rests_until": None}
        )
        self._session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=told))
        ids = self._session.execute(select(SUBSCRIPTIONS.id).where(theirs).order_by(*LATEST_FIRST)).scalars().all()
        if ids[most:]:
            self._session.execute(delete(push_subscriptions).where(SUBSCRIPTIONS.id.in_(ids[most:])))

    def knows(self, subscription: PushSubscription) -> bool:
        """See `ports.push.PushSubscriptions`."""
        same = and_(
            SUBSCRIPTIONS.id == subscription.id,
            SUBSCRIPTIONS.sign_in == subscription.sign_in,
            SUBSCRIPTIONS.p256dh == subscription.p256dh,
            SUBSCRIPTIONS.auth == subscription.auth,
        )
        return self._session.execute(select(SUBSCRIPTIONS.id).where(same)).one_or_none() is not None

    def of(self, account_id: UUID, now: datetime) -> Sequence[PushSubscription]:
        """See `ports.push.PushSubscriptions`."""
        alive = select(push_subscriptions).join(tokens).where(SUBSCRIPTIONS.account_id == account_id, _alive(now))
        return [_subscription(row) for row in self._session.execute(alive.order_by(*LATEST_FIRST))]

    def hold_awake(self, account_id: UUID, now: datetime) -> Sequence[PushSubscription]:
        """See `ports.push.PushSubscriptions`."""
        awake = or_(SUBSCRIPTIONS.rests_until.is_(None), SUBSCRIPTIONS.rests_until <= now)
        found = (
            select(push_subscriptions)
            .join(tokens)
            .where(SUBSCRIPTIONS.account_id == account_id, _alive(now), awake)
            .order_by(*LATEST_FIRST)
            .with_for_update(read=True, key_share=True, of=push_subscriptions)
        )
        return [_subscription(row) for row in self._session.execute(found)]

    def remove(self, account_id: UUID, subscription_id: str) -> None:
        """See `ports.push.PushSubscriptions`."""
        theirs = and_(SUBSCRIPTIONS.id == subscription_id, SUBSCRIPTIONS.account_id == account_id)
        self._session.execute(delete(push_subscriptions).where(theirs))

    def remove_all(self, account_id: UUID) -> None:
        """See `ports.push.PushSubscriptions`."""
        self._session.execute(delete(push_subscriptions).where(SUBSCRIPTIONS.account_id == account_id))

    def queue(self, hint: Hint, subscriptions: Sequence[PushSubscription], now: datetime) -> None:
        """See `ports.push.PushSubscriptions`."""
        rows = [
            {
                "subscription_id": one.id,
                "message_id": hint.message_id,
                "kind": hint.kind,
                "title": hint.title,
                "body": hint.body,
                "url": hint.url,
                "created_at": now,
                "expires_at": hint.expires_at,
            }
            for one in subscriptions
        ]
        self._session.execute(upsert(self._session, push_hints).values(rows).on_conflict_do_nothing())

    def take(self, now: datetime) -> tuple[Hint, PushSubscription | None] | None:
        """See `ports.push.PushSubscriptions`."""
        name = (HINTS.subscription_id, HINTS.message_id)
        oldest = select(*name).order_by(HINTS.created_at).limit(1).with_for_update(skip_locked=True).cte("oldest")
        this = tuple_(*name).in_(select(oldest))
        row = self._session.execute(delete(push_hints).where(this).returning(push_hints)).one_or_none()
        if row is None:
            return None
        to = select(push_subscriptions).join(tokens).where(SUBSCRIPTIONS.id == row.subscription_id, _alive(now))
        found = self._session.execute(to).one_or_none()
        return _hint(row), _subscription(found) if found else None

    def left(self, subscription: PushSubscription) -> None:
        """See `ports.push.PushSubscriptions`."""
        same = and_(SUBSCRIPTIONS.id == subscription.id, SUBSCRIPTIONS.sign_in == subscription.sign_in)
        became = {"failures": subscription.failures, "rests_until": subscription.rests_until}
        self._session.execute(update(push_subscriptions).where(same).values(became))


def _alive(now: datetime) -> ColumnElement[bool]:
    """Whether the sign-in has not ended."""
    return and_(tokens.c.expires_at > now, tokens.c.revoked_at.is_(None))


def _subscription(row: Row[Any]) -> PushSubscription:
    return PushSubscription(
        account_id=row.account_id,
        sign_in=row.sign_in,
        endpoint=row.endpoint,
        p256dh=row.p256dh,
        auth=row.auth,
        created_at=row.created_at,
        failures=row.failures,
        rests_until=row.rests_until,
    )


def _hint(row: Row[Any]) -> Hint:
    return Hint(
        message_id=row.message_id,
        kind=Kind(row.kind),
        title=row.title,
        body=row.body,
        url=row.url,
        expires_at=row.expires_at,
    )
