"""Requests for money and blocks in SQL. Whoever answers a request holds its row first, and limits after it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, case, delete, exists, insert, or_, select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql.people import upsert
from flash.adapters.sql.people_tables import accounts
from flash.adapters.sql.request_tables import blocks, payment_requests
from flash.adapters.sql.tables import transfers
from flash.domain.account import Account
from flash.domain.errors import Conflict, StaleWrite
from flash.domain.money import CURRENCIES, Money
from flash.domain.msisdn import Msisdn
from flash.domain.request import Block, PaymentRequest, RequestState
from flash.domain.transfer import FINAL, State, Transfer
from flash.ports.requests import RequestRow

TABLE = payment_requests.c


class SqlRequests:
    """Requests for money."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # --- Writing

    def take_turn(self, requester_id: UUID) -> None:
        """See `ports.requests.Requests`. SQLite has one writer at a time anyway."""
        self._session.execute(
            select(accounts.c.id).where(accounts.c.id == requester_id).with_for_update(key_share=True)
        )

    def add(self, request: PaymentRequest) -> None:
        """See `ports.requests.Requests`."""
        try:
            self._session.execute(insert(payment_requests).values(_values(request)))
        except IntegrityError as error:
            raise Conflict from error

    def put(self, request: PaymentRequest, *, before: PaymentRequest) -> None:
        """See `ports.requests.Requests`."""
        statement = (
            update(payment_requests)
            .where(TABLE.id == before.id, TABLE.state == before.state, TABLE.updated_at == before.updated_at)
            .values(
                state=request.state,
                transfer_id=request.transfer_id,
                decline_reason=request.decline_reason,
                updated_at=request.updated_at,
            )
            .returning(TABLE.id)
        )
        if self._session.execute(statement).one_or_none() is None:
            raise StaleWrite

    def reopen(self, transfer: Transfer) -> None:
        """Let the request that this transfer was to pay be answered again, unless another one pays it by now.

        A block that came meanwhile hides it: while it was approved, both of its people could see it.
        """
        lapsed, now = TABLE.expires_at <= transfer.updated_at, transfer.updated_at
        blocked = exists().where(blocks.c.account_id == transfer.payer_id, blocks.c.msisdn == TABLE.requester)
        self._session.execute(
            update(payment_requests)
            .where(TABLE.id == transfer.request_id, TABLE.transfer_id == transfer.id)
            .values(
                state=case((lapsed, RequestState.EXPIRED), else_=RequestState.PENDING),
                transfer_id=None,
                hidden=blocked,
                updated_at=now,
            )
        )

    def expire(self, now: datetime, *, limit: int) -> int:
        """See `ports.requests.Requests`. Requests that are being answered are left for the next time."""
        batch = (
            select(TABLE.id)
            .where(TABLE.state == RequestState.PENDING, TABLE.expires_at <= now)
            .order_by(TABLE.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("batch")
        )
        statement = update(payment_requests).where(TABLE.id.in_(select(batch.c.id)))
        statement = statement.values(state=RequestState.EXPIRED, updated_at=now)
        return len(self._session.execute(statement.returning(TABLE.id)).all())

    def leave(self, account: Account, now: datetime) -> None:
        """See `ports.requests.Requests`."""
        mine = update(payment_requests).where(_made_by(account), TABLE.state == RequestState.PENDING)
        self._session.execute(mine.values(state=RequestState.CANCELLED, updated_at=now))
        theirs = TABLE.payer == account.msisdn.e164  # Also what they did not see.
        open_ones = update(payment_requests).where(theirs, TABLE.state == RequestState.PENDING)
        self._session.execute(open_ones.values(state=RequestState.EXPIRED, updated_at=now))
        self._session.execute(update(payment_requests).where(theirs).values(hidden=True))

    # --- Reading one

    def twin(self, requester_id: UUID, key: str | None, fingerprint: str, since: datetime) -> PaymentRequest | None:
        """See `ports.requests.Requests`."""
        alike = select(payment_requests).where(TABLE.requester_id == requester_id)
        if key is not None:
            alike = alike.where(TABLE.key == key)
        else:
            alike = (
                alike.where(TABLE.created_at >= since, TABLE.fingerprint == fingerprint)
                .where(TABLE.state == RequestState.PENDING)
                .order_by(TABLE.created_at.desc())
                .limit(1)
            )
        row = self._session.execute(alike).one_or_none()
        return _request(row) if row else None

    def find(self, account: Account, name: str) -> RequestRow | None:
        """See `ports.requests.Requests`."""
        row = self._session.execute(_rows(account).where(_named(name), _theirs(account))).one_or_none()
        return _row(row) if row else None

    def hold(self, account: Account, name: str) -> PaymentRequest | None:
        """See `ports.requests.Requests`."""
        statement = select(payment_requests).where(_named(name), _theirs(account)).with_for_update()
        row = self._session.execute(statement).one_or_none()
        return _request(row) if row else None

    # --- Lists

    def page(self, account: Account, *, limit: int, before: UUID | None = None) -> Sequence[RequestRow]:
        """See `ports.requests.Requests`. Each half is a short walk along its own index."""
        halves = []
        for theirs in (_made_by(account), _asks(account)):
            half = select(TABLE.id, TABLE.created_at).where(theirs)
            if before is not None:
                last = select(TABLE.created_at).where(TABLE.id == before, _theirs(account)).scalar_subquery()
                half = half.where(TABLE.created_at <= last, or_(TABLE.created_at < last, TABLE.id < before))
            half = half.order_by(TABLE.created_at.desc(), TABLE.id.desc()).limit(limit)
            halves.append(select(half.subquery()))
        both = union_all(*halves).subquery()
        statement = (
            _rows(account)
            .join(both, both.c.id == TABLE.id)
            .order_by(both.c.created_at.desc(), both.c.id.desc())
            .limit(limit)
        )
        return [_row(row) for row in self._session.execute(statement)]

    def astray(self) -> Iterator[str]:
        """See `ports.requests.Requests`."""
        alive = (transfers.c.request_id == TABLE.id) & transfers.c.state.not_in(FINAL - {State.COMPLETED})
        statement = (
            select(TABLE.number)
            .outerjoin(transfers, alive)
            .where(TABLE.transfer_id.is_distinct_from(transfers.c.id))
            .order_by(TABLE.id)
        )
        yield from self._session.execute(statement).scalars()


def _named(name: str) -> Any:
    """Return the condition for an id or a number; the two look so different that one text is never both."""
    try:
        return UUID(name) == TABLE.id
    except ValueError:
        return TABLE.number == name


def _made_by(account: Account) -> Any:
    return TABLE.requester_id == account.id


def _asks(account: Account) -> Any:
    return (TABLE.payer == account.msisdn.e164) & TABLE.hidden.is_(False)


def _theirs(account: Account) -> Any:
    return or_(_made_by(account), _asks(account))


def _rows(account: Account) -> Select[Any]:
    requester, payer = accounts.alias("requester_account"), accounts.alias("payer_account")
    their_own = payer.c.history_from.is_(None) | (TABLE.created_at > payer.c.history_from)
    return (
        select(
            payment_requests,
            requester.c.full_name.label("requester_name"),
            payer.c.full_name.label("payer_name"),
            transfers.c.number.label("transfer_number"),
            transfers.c.state.label("transfer_state"),
            transfers.c.step_count.label("transfer_steps"),
            (TABLE.requester_id == account.id).label("mine"),
        )
        .join(requester, requester.c.id == TABLE.requester_id)
        .outerjoin(payer, (payer.c.msisdn == TABLE.payer) & their_own)
        .outerjoin(transfers, transfers.c.id == TABLE.transfer_id)
    )


def _row(row: Row[Any]) -> RequestRow:
    return RequestRow(
        request=_request(row),
        mine=row.mine,
        requester_name=row.requester_name,
        payer_name=row.payer_name or "",
        transfer_number=row.transfer_number,
        transfer_state=State(row.transfer_state) if row.transfer_state else None,
        transfer_steps=row.transfer_steps or 0,
    )


def _values(request: PaymentRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "number": request.number,
        "requester_id": request.requester_id,
        "requester": request.requester.e164,
        "payer": request.payer.e164,
        "currency": request.amount.currency.code,
        "amount_minor": request.amount.minor,
        "description": request.description,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "state": request.state,
        "transfer_id": request.transfer_id,
        "decline_reason": request.decline_reason,
        "hidden": request.hidden,
        "created_at": request.created_at,
        "updated_at": request.updated_at,
        "expires_at": request.expires_at,
    }


def _request(row: Row[Any]) -> PaymentRequest:
    return PaymentRequest(
        id=row.id,
        number=row.number,
        requester_id=row.requester_id,
        requester=Msisdn(row.requester),
        payer=Msisdn(row.payer),
        amount=Money(row.amount_minor, CURRENCIES[row.currency]),
        description=row.description,
        key=row.key,
        fingerprint=row.fingerprint,
        created_at=row.created_at,
        updated_at=row.updated_at,
        expires_at=row.expires_at,
        state=RequestState(row.state),
        transfer_id=row.transfer_id,
        decline_reason=row.decline_reason,
        hidden=row.hidden,
    )


class SqlBlocks:
    """Who does not want to be asked by whom."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, block: Block) -> Block:
        """See `ports.requests.Blocks`."""
        statement = upsert(self._session, blocks).values(
            id=block.id, account_id=block.account_id, msisdn=block.msisdn.e164, created_at=block.created_at
        )
        self._session.execute(statement.on_conflict_do_nothing(index_elements=["account_id", "msisdn"]))
        number = (blocks.c.account_id == block.account_id) & (blocks.c.msisdn == block.msisdn.e164)
        asked = exists().where(TABLE.requester_id == accounts.c.id, TABLE.payer == _number_of(block.account_id))
        known = select(accounts.c.id).where(accounts.c.msisdn == block.msisdn.e164, asked).scalar_subquery()
        self._show(block.account_id, block.msisdn.e164, hidden=True)
        self._session.execute(update(blocks).where(number).values(known_id=known))
        return _block(self._session.execute(_blocks().where(number)).one())

    def remove(self, account_id: UUID, block_id: UUID) -> bool:
        """See `ports.requests.Blocks`."""
        statement = delete(blocks).where(blocks.c.id == block_id, blocks.c.account_id == account_id)
        msisdn = self._session.execute(statement.returning(blocks.c.msisdn)).scalar_one_or_none()
        if msisdn is None:
            return False
        self._show(account_id, msisdn, hidden=False)
        return True

    def remove_all(self, account_id: UUID) -> None:
        """See `ports.requests.Blocks`."""
        self._session.execute(delete(blocks).where(blocks.c.account_id == account_id))

    def page(self, account_id: UUID, *, limit: int, before: UUID | None = None) -> Sequence[Block]:
        """See `ports.requests.Blocks`."""
        statement = _blocks().where(blocks.c.account_id == account_id)
        if before is not None:
            theirs = (blocks.c.id == before) & (blocks.c.account_id == account_id)
            last = select(blocks.c.created_at).where(theirs).scalar_subquery()
            older = or_(blocks.c.created_at < last, blocks.c.id < before)
            statement = statement.where(blocks.c.created_at <= last, older)
        statement = statement.order_by(blocks.c.created_at.desc(), blocks.c.id.desc()).limit(limit)
        return [_block(row) for row in self._session.execute(statement)]

    def stands(self, *, payer: Msisdn, requester: Msisdn) -> bool:
        """See `ports.requests.Blocks`."""
        found = (
            select(blocks.c.id)
            .join(accounts, accounts.c.id == blocks.c.account_id)
            .where(accounts.c.msisdn == payer.e164, blocks.c.msisdn == requester.e164)
        )
        return self._session.execute(found).one_or_none() is not None

    def _show(self, account_id: UUID, msisdn: str, *, hidden: bool) -> None:
        """Hide or show what the number asks at present; first it waits for who is just asking in its name."""
        self._session.execute(select(accounts.c.id).where(accounts.c.msisdn == msisdn).with_for_update(key_share=True))
        pending = (TABLE.payer == _number_of(account_id)) & (TABLE.state == RequestState.PENDING)
        statement = update(payment_requests).where(pending, TABLE.requester == msisdn).values(hidden=hidden)
        self._session.execute(statement)


def _number_of(account_id: UUID) -> Any:
    return select(accounts.c.msisdn).where(accounts.c.id == account_id).scalar_subquery()


def _blocks() -> Select[Any]:
    known = accounts.alias("known")
    return select(blocks, known.c.full_name.label("name")).outerjoin(known, known.c.id == blocks.c.known_id)


def _block(row: Row[Any]) -> Block:
    return Block(
        id=row.id,
        account_id=row.account_id,
        msisdn=Msisdn(row.msisdn),
        created_at=row.created_at,
        name=row.name or "",
    )
