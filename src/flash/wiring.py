"""The composition root: which adapter serves which port, by the settings."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from os import getpid
from socket import gethostname
from typing import Any
from uuid import UUID

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from flash.adapters import catalogues, ed25519_seals, https_courier, prometheus_meter
from flash.adapters import circuits as circuit_breakers
from flash.adapters import presence as presences
from flash.adapters import throttle as throttles
from flash.adapters.account_statements import FORMATS
from flash.adapters.sandbox import Willing
from flash.adapters.sql.store import SqlDatabase
from flash.adapters.system_clock import SystemChance, SystemClock
from flash.domain.pin import PinRules
from flash.domain.progress import Patience
from flash.domain.routing import Operator
from flash.ports.account_statements import Format
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance, Clock
from flash.ports.jobs import Chore, Jobs, Work
from flash.ports.messenger import Messenger
from flash.ports.meter import Presence, ShownMeter
from flash.ports.passwords import Passwords
from flash.ports.provider import Provider
from flash.ports.push import Pusher
from flash.ports.seals import Seals
from flash.ports.throttle import Throttle
from flash.ports.webhooks import Courier
from flash.ports.words import Words
from flash.settings import Reader, Settings, flag, whole
from flash.terms import patience_in, pin_rules_in, terms_in
from flash.usecases.advance_transfer import Engine, drive_transfer
from flash.usecases.batches import EVERY_S as BATCHES_S
from flash.usecases.batches import BatchRunner
from flash.usecases.chain import EVERY_S as CHAIN_S
from flash.usecases.chain import Chainer
from flash.usecases.deliver_events import EVERY_S as EVENTS_S
from flash.usecases.deliver_events import PURGE_EVERY_S, Postbox
from flash.usecases.deliver_messages import EVERY_S as DELIVER_S
from flash.usecases.deliver_messages import Postman
from flash.usecases.expire_requests import EVERY_S as EXPIRE_S
from flash.usecases.expire_requests import expire_requests
from flash.usecases.heartbeat import EVERY_S as HEARTBEAT_S
from flash.usecases.heartbeat import Heart
from flash.usecases.lookout import Lookout, Surroundings
from flash.usecases.metering import FLOATS_S, FloatWatch, MeteredCircuits, metered, metered_sweep
from flash.usecases.metrics import Metrics
from flash.usecases.push_hints import EVERY_S as HINTS_S
from flash.usecases.push_hints import Hinter
from flash.usecases.send_money import Terms
from flash.usecases.sweep import Bulkhead, sweep

DEMO_ADAPTERS = frozenset({"flash.adapters.sandbox", "flash.adapters.console_messenger"})
DEMO_SECRET = "not-a-secret-for-the-demo-only"  # noqa: S105 - it is no secret, which is why production refuses it
LEAST_SECRET = 32

COURIERS = 4
"""Threads that deliver events, so that three dead endpoints do not hold up the fourth."""
POSTMEN = 2
"""Threads that deliver messages, so that one slow answer of the gateway does not hold up every code."""
PUSHERS = 2
"""Threads that push hints, so that one push service that hangs does not hold up the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a process needs, ready to be handed to use cases.

    Attributes:
        secret: key of the keyed hashes of short secrets.
        pusher: pushes hints to browsers; None where none are pushed.
    """

    database: SqlDatabase
    operators: Mapping[Operator, Provider]
    circuits: Circuits
    throttle: Throttle
    jobs: Jobs
    messenger: Messenger
    courier: Courier
    passwords: Passwords
    clock: Clock
    chance: Chance
    terms: Terms
    patience: Patience
    pin_rules: PinRules
    seals: Seals
    words: Words
    secret: bytes
    webhook_key: bytes
    keep_events: timedelta
    metrics: Metrics
    pusher: Pusher | None = None

    @property
    def engine(self) -> Engine:
        """What advancing transfers needs."""
        return Engine(
            unit_of_work=self.database.unit_of_work,
            operators=self.operators,
            circuits=self.circuits,
            clock=self.clock,
            chance=self.chance,
            patience=self.patience,
        )

    @property
    def postman(self) -> Postman:
        """What delivering messages needs."""
        return Postman(
            unit_of_work=self.database.unit_of_work,
            messenger=self.messenger,
            clock=self.clock,
            key=self.secret,
            words=self.words,
            public_url=self.terms.public_url,
            hinter=self.hinter,
        )

    @property
    def hinter(self) -> Hinter | None:
        """What pushing hints needs; None where none are pushed."""
        if self.pusher is None:
            return None
        unit_of_work = self.database.unit_of_work
        return Hinter(unit_of_work=unit_of_work, pusher=self.pusher, clock=self.clock, words=self.words)

    @property
    def batch_runner(self) -> BatchRunner:
        """What making the payments of lists needs."""
        return BatchRunner(
            unit_of_work=self.database.unit_of_work,
            clock=self.clock,
            chance=self.chance,
            terms=self.terms,
            circuits=self.circuits,
        )

    @property
    def postbox(self) -> Postbox:
        """What delivering events needs."""
        return Postbox(
            unit_of_work=self.database.unit_of_work,
            courier=self.courier,
            clock=self.clock,
            chance=self.chance,
            key=self.webhook_key,
        )

    @property
    def chores(self) -> Sequence[Chore]:
        """What a process that works does again and again."""
        return [metered(chore, self.metrics.meter) for chore in self._chores]

    @property
    def _chores(self) -> Sequence[Chore]:
        expire = partial(expire_requests, self.database.unit_of_work, self.clock)
        hinter = self.hinter
        hints = [Chore("hints for browsers", hinter.push, HINTS_S, PUSHERS)] if hinter else []
        return (
            Chore("chain", Chainer(self.database.unit_of_work).chain_rows, CHAIN_S),
            Chore("expiry of requests", expire, EXPIRE_S),
            Chore("delivery of messages", self.postman.deliver, DELIVER_S, POSTMEN),
            Chore("lists of payments", self.batch_runner.run, BATCHES_S),
            Chore("delivery of events", self.postbox.deliver, EVENTS_S, COURIERS),
            Chore("purge of deliveries", partial(self.postbox.forget, self.keep_events), PURGE_EVERY_S),
            Chore("floats of operators", FloatWatch(self.operators, self.metrics.meter, self.clock).hear, FLOATS_S),
            *hints,
        )

    @property
    def statement_formats(self) -> Mapping[str, Format]:
        """The kinds of files that statements of account come in."""
        return FORMATS

    def work(self, threads: int = 2) -> Work:
        """Return what a process that works does, with so many threads that sweep.

        Each sweep takes one transfer, so that a process ends soon after it is asked to.
        """
        engine, bulkhead = self.engine, Bulkhead(threads)
        heart = Heart(self.database.unit_of_work, self.clock, f"{gethostname()}:{getpid()}")

        def advance(transfer_id: UUID) -> None:
            drive_transfer(transfer_id, engine)

        return Work(
            advance=advance,
            sweep=metered_sweep(heart.noting(lambda: sweep(engine, most=1, bulkhead=bulkhead)), self.metrics.meter),
            chores=(*self.chores, Chore("sign of life", heart.beat, HEARTBEAT_S)),
            end=heart.stop,
        )


def build(settings: Settings) -> Services:
    """Build the services that the settings describe. Nothing is connected yet.

    Raises:
        BadSettings: names every key that is missing or wrong, and everything the safety catch refuses.
    """
    clock = SystemClock()
    with settings.reading() as read:
        operators: dict[Operator, Provider] = {
            operator: read.part(partial(_adapter, settings, f"flash.provider.{operator}", clock))
            for operator in _operators_named(settings, read)
        }
        circuits: Circuits = read.part(partial(circuit_breakers.from_settings, settings, clock))
        jobs: Jobs = read.part(partial(_adapter, settings, "flash.jobs"))
        messenger: Messenger = read.part(partial(_adapter, settings, "flash.messenger"))
        courier: Courier = read.part(partial(https_courier.from_settings, settings))
        pusher = read.part(partial(_pusher, settings, courier))
        passwords: Passwords = read.part(partial(_adapter, settings, "flash.passwords"))
        terms = terms_in(settings, read, frozenset(operators))
        patience = patience_in(read)
        pin_rules = pin_rules_in(settings, read)
        seals: Seals = read.part(partial(ed25519_seals.from_settings, settings))
        url = read("sqlalchemy.url", database_url)
        secret = read("flash.secret", str.encode)
        webhook_key = read("webhooks.key", str.encode)
        keep_events = read("webhooks.keep_days", _days)
        throttle: Throttle = read.part(partial(throttles.from_settings, settings, clock, secret))
        meter: ShownMeter = read.part(partial(prometheus_meter.from_settings, settings))
        people: Presence = read.part(partial(presences.from_settings, settings))
        metrics_token = read("flash.metrics_token", str, " ").strip()
        _safety_catch(settings, read)
    database = SqlDatabase(url, jobs=jobs, meter=meter)
    around = Surroundings(
        snapshot=database.snapshot, jobs=jobs, circuits=circuits, presence=people, operators=operators, clock=clock
    )
    return Services(
        database=database,
        operators=operators,
        circuits=MeteredCircuits(circuits, meter),
        throttle=throttle,
        jobs=jobs,
        messenger=messenger,
        courier=courier,
        pusher=pusher,
        passwords=passwords,
        clock=clock,
        chance=SystemChance(),
        terms=terms,
        patience=patience,
        pin_rules=pin_rules,
        seals=seals,
        words=catalogues.from_package(),
        secret=secret,
        webhook_key=webhook_key,
        keep_events=keep_events,
        metrics=Metrics(meter=meter, presence=people, lookout=Lookout(around), token=metrics_token),
    )


def database_url(text: str) -> str:
    """Read the URL of a PostgreSQL or SQLite database.

    The forms that hosts hand out, like postgres://, are understood too.
    """
    scheme, _, rest = text.partition("://")
    if scheme in ("postgres", "postgresql"):
        text = f"postgresql+psycopg://{rest}"
    try:
        backend = make_url(text).get_backend_name()
    except ArgumentError as error:
        raise ValueError from error
    if backend not in ("postgresql", "sqlite"):
        raise ValueError("neither PostgreSQL nor SQLite")
    return text


def uses_only_the_sandbox(settings: Settings) -> bool:
    """Whether no real operator is configured, so that payments may be completed by hand."""
    return set(settings.under("flash.provider.").values()) == {"flash.adapters.sandbox"}


def demo_engine(services: Services) -> Engine:
    """Return what completes payments of a demo, whatever the sandbox would say of them."""
    return replace(services.engine, operators=dict.fromkeys(services.operators, Willing(services.clock)))


def _adapter(settings: Settings, key: str, *more: object) -> Any:
    """Return what the module that the setting names builds for its port."""
    with settings.reading() as read:
        name = read(key, str)
        if name and not _is_there(name):
            read.problem(key, f"there is no adapter {name}")
    return importlib.import_module(name).from_settings(settings, *more)


def _pusher(settings: Settings, courier: Courier) -> Pusher | None:
    """Return what pushes hints, where there is a key. Only there it is imported: its libraries take 11 MB."""
    with settings.reading() as read:
        if not read("push.vapid_private_key", str, " ").strip():
            return None
    pusher: Pusher = importlib.import_module("flash.adapters.web_push").from_settings(settings, courier)
    return pusher


def _is_there(name: str) -> bool:
    """Whether there is such a module. One that is there and cannot be imported is a mistake, and shows as one."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ModuleNotFoundError, ValueError):
        return False


def _operators_named(settings: Settings, read: Reader) -> list[Operator]:
    """Return the operators that have a `flash.provider.NAME`."""
    found = []
    for name in settings.under("flash.provider."):
        if name in set(Operator):
            found.append(Operator(name))
        else:
            read.problem(f"flash.provider.{name}", "no such operator")
    if not found:
        read.problem("flash.provider.NAME", "no operator is configured")
    return found


def _days(text: str) -> timedelta:
    """Read a whole number of days, 1 or more."""
    return timedelta(days=whole(text))


def _safety_catch(settings: Settings, read: Reader) -> None:
    """Refuse what belongs to a demo, unless the profile says that it is one. It switches nothing on."""
    if read("flash.demo_allowed", flag):
        return
    known = Reader(read.text_of)  # Its complaints are dropped: what is missing was told where it was read.
    for key in sorted(settings.under("flash.")):
        text = known(f"flash.{key}", str, "")
        if text in DEMO_ADAPTERS:
            read.problem(f"flash.{key}", f"{text} is for demos only")
    if (known("sqlalchemy.url", str) or "").startswith("sqlite"):
        read.problem("sqlalchemy.url", "SQLite is for demos only")
    if known("flash.debug", flag, "false"):
        read.problem("flash.debug", "is for demos only")
    if known("webhooks.allow", str, " ").strip():
        read.problem("webhooks.allow", "events go to public addresses only")
    _weak_secrets(settings, read, known)
    public_url = read("flash.public_url", str)
    if (public_url or "").lower().startswith("http://") and not known("flash.trusted_proxy", str, " ").strip():
        read.problem("flash.public_url", "plain HTTP needs flash.trusted_proxy")


def secret_names(settings: Settings) -> list[str]:
    """Return the settings that hold secrets of our own, of which the last is not needed."""
    versioned = (f"flash.{key}" for key in settings.under("flash.") if key.startswith(("pin_key.", "seal_key.")))
    return ["flash.secret", *sorted(versioned), "webhooks.key", "flash.metrics_token"]


def _weak_secrets(settings: Settings, read: Reader, known: Reader) -> None:
    """Complain of secrets that are those of the demo, or short."""
    for name in secret_names(settings):
        secret = (known(name, str, " ") or "").strip()
        if secret and (secret == DEMO_SECRET or len(secret) < LEAST_SECRET):
            read.problem(name, f"must be random, with at least {LEAST_SECRET} characters")
