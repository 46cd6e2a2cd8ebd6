"""Transfers in SQL: written with all that a change entails, claimed by one taker, listed from indexes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, exists, func, insert, literal, not_, or_, select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql import mapping
from flash.adapters.sql.history import row_from, rows_of, theirs_of
from flash.adapters.sql.outbox import SqlOutbox
from flash.adapters.sql.people import SqlDayLimits, upsert_in
from flash.adapters.sql.prompts import Prompts
from flash.adapters.sql.requests import SqlRequests
from flash.adapters.sql.tables import callbacks, cases, evidence, legs, postings, steps, transfers
from flash.adapters.sql.webhooks import tell
from flash.domain.account import Account
from flash.domain.audit import Dossier
from flash.domain.errors import Conflict, NotFound, StaleWrite
from flash.domain.event import events_of
from flash.domain.facts import TransferBegan, facts_of, way_of
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.money import Money
from flash.domain.payout_float import FloatClaims
from flash.domain.routing import Operator
from flash.domain.transfer import FINAL, PAYING, PAYOUT_AHEAD, Change, State, Step, Transfer
from flash.ports.history import HistoryRow
from flash.ports.meter import UNMETERED, Meter
from flash.ports.store import File, Subject

FLOAT_LOCK = 7_270_261
"""First part of PostgreSQL's advisory locks that make reservations of float wait for each other, one per operator."""

LEG_IDENTITY = frozenset({"reference", "transfer_id", "position"})

GOES_BACK = ((transfers.c.state == State.COLLECTING) & transfers.c.cancel_wanted.is_(True)) | (
    (transfers.c.state == State.IN_REVIEW)
    & exists().where(
        legs.c.transfer_id == transfers.c.id,
        (legs.c.kind == Kind.REFUND) | ((legs.c.kind == Kind.DISBURSEMENT) & (legs.c.state == LegState.DECLINED)),
    )
)
"""`Transfer.goes_back`."""


def _float_claims() -> Any:
    """Return what is promised of an operator's float, and what left it since, in parts to be added up."""
    table, paid = transfers.c, func.sum(legs.c.amount_minor)
    operator: Any = bindparam("operator")
    since: Any = bindparam("since", type_=legs.c.closed_at.type)
    payout, refund = func.sum(table.amount_minor), func.sum(table.amount_minor + table.fee_minor)
    theirs, given_back = table.payee_operator == operator, table.payer_operator == operator
    return union_all(
        select(literal(0), payout).where(table.state.in_(PAYOUT_AHEAD), not_(GOES_BACK), theirs),
        select(literal(0), refund).where(table.state.in_(PAYOUT_AHEAD), GOES_BACK, given_back),
        select(literal(1), payout).where(table.state == State.PAYING_OUT, theirs),
        select(literal(1), refund).where(table.state == State.RETURNING, given_back),
        select(literal(1), paid).where(
            legs.c.kind.in_((Kind.DISBURSEMENT, Kind.REFUND)),
            legs.c.state == LegState.SETTLED,
            legs.c.closed_at >= since,
            legs.c.operator == operator,
        ),
    )


FLOAT_CLAIMS = _float_claims()
"""Made once, because it takes longer to make than to execute."""

UPDATE_KNOWN = (
    update(transfers)
    .where(transfers.c.id == bindparam("known_id"), transfers.c.version == bindparam("known_version"))
    .returning(transfers.c.id)
)
"""Changes a transfer that is still the one that was read. Values are given when it is executed: it is compiled once."""


LEGS_OF = (
    select(legs, transfers.c.version)
    .join(transfers, transfers.c.id == legs.c.transfer_id)
    .where(legs.c.transfer_id.in_(bindparam("ids", expanding=True)))
    .order_by(legs.c.transfer_id, legs.c.position)
)


class SqlTransfers:
    """Transfers with their legs, steps, evidence, postings and cases."""

    def __init__(self, session: Session, meter: Meter = UNMETERED) -> None:
        self._session = session
        self._meter = meter
        self._prompts = Prompts(session)

    # --- Writing

    def add(self, transfer: Transfer) -> None:
        """See `ports.store.Transfers`."""
        first = Step(1, transfer.created_at, None, transfer.state)
        try:
            self._session.execute(insert(transfers), {"version": transfer.version, **mapping.transfer_values(transfer)})
        except IntegrityError as error:
            raise Conflict from error
        self._write_legs(transfer)
        self._insert(steps, [mapping.step_values(transfer.id, first)])
        tell(self._session, events_of(transfer, [first]))
        self._meter.note(TransferBegan(way_of(transfer)))

    def apply(self, change: Change) -> Transfer:
        """See `ports.store.Transfers`. The phone comes before the transfer, as when it is taken."""
        transfer = change.transfer
        if change.frees_prompt:
            self._prompts.free(transfer)
        values = {"version": transfer.version + 1, **mapping.transfer_values(transfer)}
        known = {"known_id": transfer.id, "known_version": transfer.version}
        if self._session.execute(UPDATE_KNOWN, values | known).one_or_none() is None:
            raise StaleWrite
        self._write_legs(transfer)
        if change.steps:
            self._insert(steps, [mapping.step_values(transfer.id, step) for step in change.steps])
            tell(self._session, events_of(transfer, change.steps))
        self._insert(evidence, [mapping.evidence_values(transfer.id, *kept) for kept in change.evidence])
        self._insert(postings, [mapping.posting_values(transfer.id, posting) for posting in change.postings])
        if change.case is not None:
            self._insert(cases, [mapping.case_values(transfer.id, change.case)])
        if change.reopens_request:  # Before the limit, in the order in which whoever answers a request locks the two.
            SqlRequests(self._session).reopen(transfer)
        if change.news:
            SqlOutbox(self._session).put(*change.news)
        if change.gives_back_limit:
            SqlDayLimits(self._session).give_back(transfer.payer_id, transfer.limit_day, transfer.amount)
        self._meter.note(*facts_of(change))
        return replace(transfer, version=transfer.version + 1)

    def _write_legs(self, transfer: Transfer) -> None:
        rows = [mapping.leg_values(transfer.id, position, leg) for position, leg in enumerate(transfer.legs)]
        self._session.execute(_leg_upsert(self._session.get_bind().dialect.name), rows)

    def _insert(self, table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._session.execute(insert(table), rows)

    # --- Taking work

    def claim_due(
        self,
        now: datetime,
        *,
        until: datetime,
        limit: int,
        transfer_id: UUID | None = None,
        avoiding: Collection[Operator] = (),
    ) -> Sequence[Transfer]:
        """See `ports.store.Transfers`."""
        due: Any = transfers.c.due_at <= now
        if avoiding:
            paying = transfers.c.state.in_(PAYING)
            due &= case((paying, transfers.c.payee_operator), else_=transfers.c.payer_operator).not_in(avoiding)
        if transfer_id is None:
            batch = (
                select(transfers.c.id)
                .where(due)
                .order_by(transfers.c.due_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
                .cte("batch")
            )
            due = transfers.c.id.in_(select(batch.c.id))
        else:
            due &= transfers.c.id == transfer_id
        statement = update(transfers).where(due).values(due_at=until, hinted=False, version=transfers.c.version + 1)
        return self._with_legs(self._session.execute(statement.returning(transfers)).all())

    def hint(self, transfer_id: UUID, now: datetime) -> bool:
        """See `ports.store.Transfers`. The new version makes whoever has the transfer read it again."""
        statement = (
            update(transfers)
            .where(transfers.c.id == transfer_id, transfers.c.due_at.is_not(None), transfers.c.hinted.is_(False))
            .values(
                due_at=case((transfers.c.due_at < now, transfers.c.due_at), else_=now),
                hinted=True,
                version=transfers.c.version + 1,
            )
            .returning(transfers.c.id)
        )
        return self._session.execute(statement).one_or_none() is not None

    def may_ask(self, transfer: Transfer, now: datetime) -> bool:
        """See `ports.store.Transfers`."""
        return self._prompts.may_ask(transfer, now)

    def take_prompt(self, transfer: Transfer, now: datetime, until: datetime) -> bool:
        """See `ports.store.Transfers`."""
        return self._prompts.take(transfer, now, until)

    # --- Reading one

    def due_since(self, now: datetime) -> datetime | None:
        """See `ports.store.Transfers`."""
        oldest = select(transfers.c.due_at).where(transfers.c.due_at <= now).order_by(transfers.c.due_at).limit(1)
        return self._session.execute(oldest).scalar_one_or_none()

    def leg_called_about(self, operator: str, callback_token: str, reference: UUID | None) -> Subject | None:
        """See `ports.store.Transfers`."""
        token, theirs = mapping.storable(callback_token), legs.c.operator == mapping.storable(operator)
        ways: list[Any] = [(legs.c.callback_token == token) & (legs.c.callback_token != "")] if token else []
        ways += [legs.c.reference == reference] if reference else []
        for known in ways:
            about = select(legs.c.transfer_id, legs.c.reference, transfers.c.number)
            about = about.join(transfers, transfers.c.id == legs.c.transfer_id).where(known, theirs)
            row = self._session.execute(about).one_or_none()
            if row is not None:
                return Subject(row.transfer_id, row.reference, row.number)
        return None

    def get(self, transfer_id: UUID) -> Transfer:
        """See `ports.store.Transfers`."""
        return self._one(select(transfers).where(transfers.c.id == transfer_id))

    def twin(self, payer_id: UUID, key: str | None, fingerprint: str, since: datetime) -> Transfer | None:
        """See `ports.store.Transfers`."""
        alike = select(transfers).where(transfers.c.payer_id == payer_id)
        if key is not None:
            alike = alike.where(transfers.c.key == key)
        else:
            alike = (
                alike.where(transfers.c.created_at >= since, transfers.c.fingerprint == fingerprint)
                .where(transfers.c.state.not_in(FINAL), transfers.c.cancel_wanted.is_(False))
                .order_by(transfers.c.created_at.desc())
                .limit(1)
            )
        found = self._with_legs(self._session.execute(alike).all())
        return found[0] if found else None

    def steps(self, transfer_id: UUID) -> Sequence[Step]:
        """See `ports.store.Transfers`."""
        return self._steps([transfer_id])[transfer_id]

    def file(self, name: str) -> File:
        """See `ports.store.Transfers`."""
        transfer = self._one(select(transfers).where(_named(name)))
        kept = select(evidence).where(evidence.c.transfer_id == transfer.id).order_by(evidence.c.id)
        opened = select(cases).where(cases.c.transfer_id == transfer.id).order_by(cases.c.id)
        references = [leg.reference for leg in transfer.legs]
        heard = select(callbacks).where(callbacks.c.reference.in_(references)).order_by(callbacks.c.id)
        return File(
            dossier=self._dossiers([transfer])[0],
            evidence=[mapping.evidence_from(row) for row in self._session.execute(kept)],
            cases=[mapping.case_from(row) for row in self._session.execute(opened)],
            callbacks=[mapping.callback_from(row) for row in self._session.execute(heard)],
        )

    def _one(self, statement: Select[Any]) -> Transfer:
        rows = self._session.execute(statement).all()
        if not rows:
            raise NotFound
        return self._with_legs(rows)[0]

    # --- Lists and sums

    def any_under_way(self, account: Account) -> bool:
        """See `ports.store.Transfers`."""
        theirs = or_(transfers.c.payer_id == account.id, transfers.c.payee == account.msisdn.e164)
        statement = select(transfers.c.id).where(theirs, transfers.c.state.not_in(FINAL)).limit(1)
        return self._session.execute(statement).one_or_none() is not None

    def reserve_float(self, operator: Operator, since: datetime) -> FloatClaims:
        """See `ports.store.Transfers`. SQLite has one writer at a time anyway."""
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(select(func.pg_advisory_xact_lock(FLOAT_LOCK, list(Operator).index(operator))))
        sums = [0, 0]
        for place, part in self._session.execute(FLOAT_CLAIMS, {"operator": operator, "since": since}):
            sums[place] += int(part or 0)
        return FloatClaims(ahead=Money(sums[0]), under_way=Money(sums[1]))

    def history_row(self, account: Account, name: str) -> HistoryRow:
        """See `ports.store.Transfers`."""
        theirs = or_(theirs_of(account, sent=True), theirs_of(account, sent=False))
        row = self._session.execute(rows_of(account).where(_named(name), theirs)).one_or_none()
        if row is None:
            raise NotFound
        return row_from(row)

    def dossiers(self, *, after: UUID | None, limit: int) -> Sequence[Dossier]:
        """See `ports.store.Transfers`."""
        page = select(transfers).order_by(transfers.c.id).limit(limit)
        if after is not None:
            page = page.where(transfers.c.id > after)
        return self._dossiers(self._with_legs(self._session.execute(page).all()))

    def _dossiers(self, found: Sequence[Transfer]) -> list[Dossier]:
        ids = [transfer.id for transfer in found]
        stories = self._steps(ids)
        journal, proofs = defaultdict(list), defaultdict(list)
        for row in self._rows_of(postings, ids):
            journal[row.transfer_id].append(mapping.posting_from(row))
        for row in self._rows_of(evidence, ids):
            reference, kept, meaning = mapping.evidence_from(row)
            proofs[row.transfer_id].append((reference, kept.source, meaning))
        return [
            Dossier(transfer=one, steps=stories[one.id], postings=journal[one.id], proofs=proofs[one.id])
            for one in found
        ]

    def _steps(self, ids: Sequence[UUID]) -> dict[UUID, list[Step]]:
        found = defaultdict(list)
        statement = select(steps).where(steps.c.transfer_id.in_(ids)).order_by(steps.c.transfer_id, steps.c.number)
        for row in self._session.execute(statement):
            found[row.transfer_id].append(mapping.step_from(row))
        return found

    def _rows_of(self, table: Any, ids: Sequence[UUID]) -> Iterable[Any]:
        return self._session.execute(select(table).where(table.c.transfer_id.in_(ids)).order_by(table.c.id))

    def _with_legs(self, rows: Sequence[Any]) -> list[Transfer]:
        """Return the transfers in these rows, with their legs fetched in one statement.

        Somebody may change one between the two statements, so the second tells which version its legs are of.
        """
        if not rows:
            return []
        found: dict[UUID, list[Leg]] = defaultdict(list)
        versions: dict[UUID, int] = {}
        ids = [row.id for row in rows]
        for row in self._session.execute(LEGS_OF, {"ids": ids}):
            found[row.transfer_id].append(mapping.leg_from(row))
            versions[row.transfer_id] = row.version
        if any(versions[row.id] != row.version for row in rows):
            newer = {row.id: row for row in self._session.execute(select(transfers).where(transfers.c.id.in_(ids)))}
            return self._with_legs([newer[known] for known in ids])
        return [mapping.transfer_from(row, tuple(found[row.id])) for row in rows]


@cache
def _leg_upsert(dialect: str) -> Any:
    """Return what writes legs, new and old; made once, because it takes longer to make than to execute."""
    statement = upsert_in(dialect, legs)
    # Not what makes a leg this leg: changing that would lock out whoever refers to it.
    changing = {name: statement.excluded[name] for name in legs.c.keys() if name not in LEG_IDENTITY}  # noqa: SIM118
    return statement.on_conflict_do_update(index_elements=["reference"], set_=changing)


def _named(name: str) -> Any:
    """Return the condition for an id or a number; the two look so different that one text is never both."""
    try:
        return transfers.c.id == UUID(name)
    except ValueError:
        return transfers.c.number == name
