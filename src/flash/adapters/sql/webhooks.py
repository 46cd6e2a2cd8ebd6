"""Events, endpoints and the queue of each, in SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, case, delete, exists, func, insert, literal, select, true, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql.columns import Instant
from flash.adapters.sql.partner_tables import payment_links
from flash.adapters.sql.people import upsert
from flash.adapters.sql.webhook_tables import deliveries, delivery_attempts, events, webhook_endpoints
from flash.domain.errors import Conflict, NotFound
from flash.domain.event import Event
from flash.domain.webhook import Delivery, Endpoint, Sent
from flash.ports.webhooks import Attempt, Standing, Wanted

ENDPOINTS, QUEUE = webhook_endpoints.c, deliveries.c
MILLISECOND = timedelta(milliseconds=1)
HAPPENED = (events.c.at, events.c.transfer_id, events.c.sequence)
"""The order in which events are replayed: as they happened, and each payment's of one instant in its own order."""

_ahead = deliveries.alias("ahead")
_before_it = (
    select(func.max(_ahead.c.due_at))
    .where(
        _ahead.c.endpoint_id == ENDPOINTS.id,
        _ahead.c.transfer_id == bindparam("transfer"),
        _ahead.c.due_at.is_not(None),
    )
    .scalar_subquery()
)
_partner = select(payment_links.c.partner_id).where(payment_links.c.id == bindparam("link")).scalar_subquery()
FAN_OUT = insert(deliveries).from_select(
    ["endpoint_id", "event_id", "transfer_id", "sequence", "due_at", "attempts"],
    select(
        ENDPOINTS.id,
        events.c.id,
        events.c.transfer_id,
        events.c.sequence,
        # Not before what of its transfer waits there already.
        func.coalesce(_before_it, bindparam("now", type_=Instant), type_=Instant),
        literal(0),
    )
    .select_from(events.join(webhook_endpoints, true()))
    .where(
        events.c.transfer_id == bindparam("transfer"),
        events.c.sequence.between(bindparam("first"), bindparam("last")),
        ENDPOINTS.partner_id.is_(None) | (ENDPOINTS.partner_id == _partner),
    ),
    include_defaults=False,
)
"""Puts new events into the queue of every endpoint that may hear of them; made once, because that takes long."""


def tell(session: Session, new: Sequence[Event]) -> None:
    """Store the events of one transfer and put them into the queues, in the transaction of the steps that they tell."""
    session.execute(insert(events), [_event_values(event) for event in new])
    first = new[0]
    told = {"transfer": first.transfer_id, "link": first.link_id, "now": first.at}
    session.execute(FAN_OUT, told | {"first": first.sequence, "last": new[-1].sequence})


class SqlWebhooks:
    """See `ports.webhooks.Webhooks`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # --- Endpoints

    def add(self, endpoint: Endpoint) -> None:
        """See `ports.webhooks.Webhooks`."""
        try:
            self._session.execute(insert(webhook_endpoints), _endpoint_values(endpoint))
        except IntegrityError as error:
            raise Conflict("There is an endpoint with this name.", field="name") from error

    def by_name(self, name: str) -> Endpoint:
        """See `ports.webhooks.Webhooks`."""
        return self._one(select(webhook_endpoints).where(ENDPOINTS.name == name))

    def hold(self, name: str) -> Endpoint:
        """See `ports.webhooks.Webhooks`."""
        held = select(webhook_endpoints).where(ENDPOINTS.name == name).with_for_update(key_share=True)
        return self._one(held)

    def _one(self, statement: Select[Any]) -> Endpoint:
        row = self._session.execute(statement).one_or_none()
        if row is None:
            raise NotFound("There is no endpoint with this name.")
        return _endpoint(row)

    def standings(self) -> Sequence[Standing]:
        """See `ports.webhooks.Webhooks`."""
        waiting = (
            select(QUEUE.endpoint_id, func.count().label("waiting"), func.min(events.c.at).label("oldest_at"))
            .join(events, events.c.id == QUEUE.event_id)
            .where(QUEUE.due_at.is_not(None))
            .group_by(QUEUE.endpoint_id)
            .subquery()
        )
        statement = (
            select(webhook_endpoints, waiting.c.waiting, waiting.c.oldest_at)
            .outerjoin(waiting, waiting.c.endpoint_id == ENDPOINTS.id)
            .order_by(ENDPOINTS.name)
        )
        return [Standing(_endpoint(row), row.waiting or 0, row.oldest_at) for row in self._session.execute(statement)]

    def put(self, endpoint: Endpoint) -> None:
        """See `ports.webhooks.Webhooks`."""
        values: dict[str, Any] = {
            "secret_version": endpoint.secret_version,
            "previous_until": endpoint.previous_until,
            "disabled_why": endpoint.disabled_why,
            "failures": endpoint.failures,
            "failing_since": endpoint.failing_since,
        }
        if not endpoint.disabled_why:  # It need not rest any more; one that may be called now keeps its caller.
            values["busy_until"] = case((ENDPOINTS.disabled_why != "", endpoint.busy_until), else_=ENDPOINTS.busy_until)
        self._session.execute(update(webhook_endpoints).where(ENDPOINTS.id == endpoint.id).values(values))

    def left(self, endpoint: Endpoint, lease: datetime) -> bool:
        """See `ports.webhooks.Webhooks`."""
        mine = (ENDPOINTS.id == endpoint.id) & (ENDPOINTS.busy_until == lease)
        values: dict[str, Any] = {
            "busy_until": endpoint.busy_until,
            "failures": endpoint.failures,
            "failing_since": endpoint.failing_since,
        }
        if endpoint.disabled_why:
            values["disabled_why"] = endpoint.disabled_why
        statement = update(webhook_endpoints).where(mine).values(values).returning(ENDPOINTS.id)
        return self._session.execute(statement).one_or_none() is not None

    # --- The queue

    def claim(self, now: datetime, *, until: datetime) -> Endpoint | None:
        """See `ports.webhooks.Webhooks`."""
        due = exists().where(QUEUE.endpoint_id == ENDPOINTS.id, QUEUE.due_at <= now)
        free = (
            select(ENDPOINTS.id)
            .where(ENDPOINTS.disabled_why == "", ENDPOINTS.busy_until <= now, due)
            .order_by(ENDPOINTS.busy_until)
            .limit(1)
            .with_for_update(skip_locked=True, key_share=True)  # Whoever adds events holds the row too, a little.
            .cte("free")
        )
        statement = update(webhook_endpoints).where(ENDPOINTS.id.in_(select(free.c.id))).values(busy_until=until)
        row = self._session.execute(statement.returning(webhook_endpoints)).one_or_none()
        return _endpoint(row) if row else None

    def next_delivery(self, endpoint_id: UUID, now: datetime) -> Delivery | None:
        """See `ports.webhooks.Webhooks`."""
        ahead = deliveries.alias("ahead")
        blocked = exists().where(
            ahead.c.endpoint_id == QUEUE.endpoint_id,
            ahead.c.transfer_id == QUEUE.transfer_id,
            ahead.c.sequence < QUEUE.sequence,
            ahead.c.due_at.is_not(None),
        )
        statement = (
            select(deliveries, events.c.at, events.c.link_id, events.c.body)
            .join(events, events.c.id == QUEUE.event_id)
            .join(webhook_endpoints, ENDPOINTS.id == QUEUE.endpoint_id)
            .where(QUEUE.endpoint_id == endpoint_id, QUEUE.due_at <= now, ~blocked, ENDPOINTS.disabled_why == "")
            .order_by(QUEUE.due_at, QUEUE.sequence)
            .limit(1)
        )
        row = self._session.execute(statement).one_or_none()
        return _delivery(row) if row else None

    def delivered(self, delivery: Delivery, attempt: Attempt) -> None:
        """See `ports.webhooks.Webhooks`."""
        this = (QUEUE.endpoint_id == delivery.endpoint_id) & (QUEUE.event_id == delivery.event.id)
        as_read = this & (QUEUE.due_at == delivery.due_at)  # Otherwise somebody wants it again meanwhile.
        self._session.execute(update(deliveries).where(as_read).values(due_at=None, delivered_at=attempt.at))
        self._log(attempt)

    def failed(self, delivery: Delivery, attempt: Attempt) -> None:
        """See `ports.webhooks.Webhooks`."""
        theirs = (QUEUE.endpoint_id == delivery.endpoint_id) & (QUEUE.transfer_id == delivery.event.transfer_id)
        waiting = theirs & QUEUE.due_at.is_not(None)
        self._session.execute(update(deliveries).where(waiting).values(due_at=delivery.due_at))
        this = waiting & (QUEUE.event_id == delivery.event.id)
        counted = {"attempts": QUEUE.attempts + 1, "failing_since": delivery.failing_since}
        self._session.execute(update(deliveries).where(this).values(counted))
        self._log(attempt)

    def wake(self, endpoint_id: UUID, now: datetime) -> None:
        """See `ports.webhooks.Webhooks`."""
        put_off = (QUEUE.endpoint_id == endpoint_id) & ((QUEUE.due_at > now) | QUEUE.failing_since.is_not(None))
        anew = {"due_at": now, "attempts": 0, "failing_since": None}
        self._session.execute(update(deliveries).where(put_off, QUEUE.due_at.is_not(None)).values(anew))

    def replay(
        self, endpoint: Endpoint, wanted: Wanted, now: datetime, *, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """See `ports.webhooks.Webhooks`."""
        chosen = _wanted(wanted).order_by(*HAPPENED)
        if endpoint.partner_id is not None:
            theirs = select(payment_links.c.id).where(payment_links.c.partner_id == endpoint.partner_id)
            chosen = chosen.where(events.c.link_id.in_(theirs))
        page = chosen.limit(limit)
        if after is not None:
            last = self._session.execute(select(*HAPPENED).where(events.c.id == after)).one()
            page = page.where(tuple_(*HAPPENED) > tuple_(*map(literal, last)))
        found = self._session.execute(page).all()
        if found:
            self._put_again(endpoint, [*found, *self._left_behind(found, chosen)], now)
        return [row.id for row in found]

    def _left_behind(self, page: Sequence[Row[Any]], chosen: Select[Any]) -> list[Row[Any]]:
        """Return what is wanted of the transfers of a page and belongs before it, although it is on a later one.

        Two workers' clocks may differ, so a later step can have an earlier time.
        """
        reached = {row.transfer_id: row.sequence for row in sorted(page, key=lambda row: row.sequence)}
        known = {row.id for row in page}
        later = chosen.where(events.c.transfer_id.in_(reached), events.c.at >= page[-1].at)
        rows = self._session.execute(later).all()
        return [row for row in rows if row.id not in known and row.sequence < reached[row.transfer_id]]

    def _put_again(self, endpoint: Endpoint, rows: Sequence[Row[Any]], now: datetime) -> None:
        anew = {"due_at": now, "attempts": 0, "failing_since": None, "delivered_at": None}
        values = [
            {"endpoint_id": endpoint.id, "event_id": row.id, "transfer_id": row.transfer_id, "sequence": row.sequence}
            for row in rows
        ]
        again = upsert(self._session, deliveries).values([one | anew for one in values])
        self._session.execute(again.on_conflict_do_update(index_elements=["endpoint_id", "event_id"], set_=anew))

    # --- Looking, and forgetting

    def attempts(self, endpoint_id: UUID, *, limit: int) -> Sequence[Attempt]:
        """See `ports.webhooks.Webhooks`."""
        theirs = select(delivery_attempts).where(delivery_attempts.c.endpoint_id == endpoint_id)
        latest = theirs.order_by(delivery_attempts.c.id.desc()).limit(limit)
        return [
            Attempt(row.endpoint_id, row.event_id, row.at, Sent(row.status, row.word, row.took_ms * MILLISECOND))
            for row in self._session.execute(latest)
        ]

    def events(self, wanted: Wanted, *, limit: int) -> Sequence[Event]:
        """See `ports.webhooks.Webhooks`."""
        found = _wanted(wanted).order_by(events.c.at, events.c.sequence, events.c.id).limit(limit)
        return [_event(row, row.id) for row in self._session.execute(found)]

    def forget(self, before: datetime, *, limit: int) -> int:
        """See `ports.webhooks.Webhooks`."""
        old = select(delivery_attempts.c.id).where(delivery_attempts.c.at < before).limit(limit)
        gone = delete(delivery_attempts).where(delivery_attempts.c.id.in_(old)).returning(delivery_attempts.c.id)
        count = len(self._session.execute(gone).all())
        made = select(QUEUE.endpoint_id, QUEUE.event_id).where(QUEUE.delivered_at < before, QUEUE.due_at.is_(None))
        these = tuple_(QUEUE.endpoint_id, QUEUE.event_id).in_(made.limit(limit))
        over = delete(deliveries).where(these, QUEUE.due_at.is_(None)).returning(QUEUE.event_id)
        count += len(self._session.execute(over).all())
        return count

    def _log(self, attempt: Attempt) -> None:
        values = {
            "endpoint_id": attempt.endpoint_id,
            "event_id": attempt.event_id,
            "at": attempt.at,
            "status": attempt.sent.status,
            "word": attempt.sent.word,
            "took_ms": attempt.sent.took // MILLISECOND,
        }
        self._session.execute(insert(delivery_attempts), values)


def _wanted(wanted: Wanted) -> Select[Any]:
    statement = select(events)
    for column, value in ((events.c.id, wanted.event_id), (events.c.transfer_id, wanted.transfer_id)):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(events.c.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(events.c.at < wanted.until)
    return statement


def _event_values(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "transfer_id": event.transfer_id,
        "sequence": event.sequence,
        "at": event.at,
        "link_id": event.link_id,
        "body": event.body,
    }


def _event(row: Row[Any], event_id: UUID) -> Event:
    return Event(
        id=event_id,
        transfer_id=row.transfer_id,
        link_id=row.link_id,
        sequence=row.sequence,
        at=row.at,
        body=row.body,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        endpoint_id=row.endpoint_id,
        event=_event(row, row.event_id),
        due_at=row.due_at,
        attempts=row.attempts,
        failing_since=row.failing_since,
    )


def _endpoint_values(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "name": endpoint.name,
        "url": endpoint.url,
        "partner_id": endpoint.partner_id,
        "created_at": endpoint.created_at,
        "busy_until": endpoint.busy_until,
        "secret_version": endpoint.secret_version,
        "previous_until": endpoint.previous_until,
        "disabled_why": endpoint.disabled_why,
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
    }


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.id,
        name=row.name,
        url=row.url,
        partner_id=row.partner_id,
        created_at=row.created_at,
        busy_until=row.busy_until,
        secret_version=row.secret_version,
        previous_until=row.previous_until,
        disabled_why=row.disabled_why,
        failures=row.failures,
        failing_since=row.failing_since,
    )
