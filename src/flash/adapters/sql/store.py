"""The database: its engine, and units of work in it for web requests, workers and commands alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import zope.sqlalchemy
from sqlalchemy import Engine, create_engine, event, func, inspect, make_url, select
from sqlalchemy.orm import Session
from transaction import TransactionManager

from flash.adapters.sql.batches import SqlBatches
from flash.adapters.sql.belongings import SqlContacts, SqlInvites, SqlPins, SqlProfiles
from flash.adapters.sql.callbacks import SqlCallbacks
from flash.adapters.sql.chain import SqlChain
from flash.adapters.sql.figures import SqlFigures
from flash.adapters.sql.heartbeats import SqlHeartbeats
from flash.adapters.sql.history import SqlHistory
from flash.adapters.sql.outbox import SqlOutbox
from flash.adapters.sql.partners import SqlPartners, SqlPaymentLinks
from flash.adapters.sql.people import SqlAccounts, SqlDayLimits, SqlPhoneCodes, SqlStaffActions
from flash.adapters.sql.push import SqlPushSubscriptions
from flash.adapters.sql.receipts import SqlReceipts
from flash.adapters.sql.reconciliations import SqlDayCloses, SqlReconciliations
from flash.adapters.sql.requests import SqlBlocks, SqlRequests
from flash.adapters.sql.reviews import SqlReviews
from flash.adapters.sql.transfers import SqlTransfers
from flash.adapters.sql.webhooks import SqlWebhooks
from flash.domain.facts import Fact
from flash.ports.jobs import WakeUps
from flash.ports.meter import UNMETERED, Meter
from flash.ports.store import Store

SCHEMA = "0019"
"""The migration that this release needs; a database may be further, because the next release migrates it first."""

VERSIONS = "alembic_version"

LOCK_WAIT_S = 10
"""How long a statement waits for a lock. Requests must end before the app gives up after 10 s."""

GONE_S = 15
"""A machine that is silent for so long in the middle of a transaction is cut off; what it holds is wanted by others."""
ALIVE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": GONE_S * 1000}
"""By which we notice that it is us who are cut off, in libpq's words."""


class SqlStore:
    """One unit of work in the database."""

    def __init__(self, session: Session, held: "HeldBack") -> None:
        self.accounts = SqlAccounts(session, held)
        self.phone_codes = SqlPhoneCodes(session)
        self.staff_actions = SqlStaffActions(session)
        self.profiles = SqlProfiles(session)
        self.pins = SqlPins(session)
        self.contacts = SqlContacts(session)
        self.invites = SqlInvites(session)
        self.day_limits = SqlDayLimits(session)
        self.transfers = SqlTransfers(session, held)
        self.receipts = SqlReceipts(session)
        self.history = SqlHistory(session)
        self.callbacks = SqlCallbacks(session)
        self.reviews = SqlReviews(session)
        self.chain = SqlChain(session)
        self.reconciliations = SqlReconciliations(session)
        self.day_closes = SqlDayCloses(session)
        self.requests = SqlRequests(session)
        self.blocks = SqlBlocks(session)
        self.batches = SqlBatches(session, held)
        self.partners = SqlPartners(session)
        self.payment_links = SqlPaymentLinks(session)
        self.outbox = SqlOutbox(session, held)
        self.push = SqlPushSubscriptions(session)
        self.heartbeats = SqlHeartbeats(session)
        self.webhooks = SqlWebhooks(session)
        self.figures = SqlFigures(session)
        self.jobs: WakeUps = held


class HeldBack:
    """Wake-ups and facts that wait for the commit, and are forgotten when there is none."""

    def __init__(self, manager: Any, jobs: WakeUps, meter: Meter) -> None:
        self._manager = manager
        self._jobs = jobs
        self._meter = meter

    def advance(self, transfer_id: UUID) -> None:
        """See `ports.jobs.WakeUps`."""
        self._after_commit(lambda: self._jobs.advance(transfer_id))

    def note(self, *facts: Fact) -> None:
        """See `ports.meter.Meter`."""
        if facts:
            self._after_commit(lambda: self._meter.note(*facts))

    def _after_commit(self, do: Callable[[], None]) -> None:
        """The hook also runs when the commit failed, so it looks first."""
        self._manager.get().addAfterCommitHook(lambda committed: do() if committed else None)


class SqlDatabase:
    """The database behind an SQLAlchemy URL."""

    def __init__(self, url: str, *, jobs: WakeUps, meter: Meter = UNMETERED) -> None:
        self.engine = make_engine(url)
        self._snapshots = _snapshot_engine(self.engine)
        self._jobs = jobs
        self._meter = meter

    def open(self, manager: Any, *, snapshot: bool = False) -> Store:
        """Return a store whose work ends with the manager's transaction.

        The session counts as changed from the start: zope.sqlalchemy commits nothing for plain Core writes otherwise.
        """
        session = Session(self._snapshots if snapshot else self.engine)
        zope.sqlalchemy.register(session, initial_state="changed", transaction_manager=manager)
        return SqlStore(session, HeldBack(manager, self._jobs, self._meter))

    def ping(self) -> None:
        """Ask the database for a sign of life, without standing in anybody's way.

        Raises:
            sqlalchemy.exc.OperationalError: it gives none.
        """
        with self._snapshots.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def schema(self) -> str:
        """Return the migration that the database is at; empty when there has been none.

        Raises:
            sqlalchemy.exc.OperationalError: it does not answer.
        """
        with self._snapshots.connect() as connection:
            if not inspect(connection).has_table(VERSIONS):
                return ""
            return str(connection.exec_driver_sql(f"SELECT version_num FROM {VERSIONS}").scalar() or "")  # noqa: S608

    def now(self) -> datetime:
        """Return what time it is for the database.

        Raises:
            sqlalchemy.exc.OperationalError: it does not answer.
        """
        with self._snapshots.connect() as connection:
            told: datetime = connection.execute(select(func.current_timestamp())).scalar_one()
        return told.replace(tzinfo=told.tzinfo or UTC)

    def is_migrated(self) -> bool:
        """Whether the database is at least as far as this release needs.

        Raises:
            sqlalchemy.exc.OperationalError: it does not answer.
        """
        return self.schema() >= SCHEMA

    @contextmanager
    def unit_of_work(self) -> Iterator[Store]:
        """See `ports.store.UnitOfWork`."""
        manager = TransactionManager(explicit=True)
        with manager:
            yield self.open(manager)

    @contextmanager
    def snapshot(self) -> Iterator[Store]:
        """Open a unit of work that sees one moment throughout, for reading much without holding anybody up."""
        manager = TransactionManager(explicit=True)
        with manager:
            yield self.open(manager, snapshot=True)


def make_engine(url: str) -> Engine:
    """Return an engine with the settings that each database needs to be safe. It connects at the first use.

    Its errors are told without the parameters of the statement, for these are people's numbers and names.
    """
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_S}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"-c timezone=UTC -c lock_timeout={LOCK_WAIT_S - 2}s -c statement_timeout=15s"
    options += f" -c idle_in_transaction_session_timeout={GONE_S}s"
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        connect_args={"options": options, "connect_timeout": 3, **ALIVE},
        hide_parameters=True,
    )


def _snapshot_engine(engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(flash_snapshot=True)
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Make SQLite durable and its transactions ours; the driver would begin them late and lose updates."""
    connection.isolation_level = None
    for pragma in ("journal_mode=wal", f"busy_timeout={LOCK_WAIT_S * 1000}", "foreign_keys=on", "synchronous=full"):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """Begin as a writer, so that what is read stays true until the commit; a snapshot reads beside the writers."""
    snapshot = connection.get_execution_options().get("flash_snapshot")
    connection.exec_driver_sql("BEGIN" if snapshot else "BEGIN IMMEDIATE")
