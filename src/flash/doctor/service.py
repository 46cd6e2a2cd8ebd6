"""The checklist of a live service: what has to be there and well before people's money is sent through it."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from flash import safekeeping
from flash.adapters.redis_client import IN_MEMORY, impatient, trust
from flash.adapters.sql.store import SCHEMA
from flash.doctor import outside
from flash.doctor.checklist import Check
from flash.doctor.operator import CALLBACK, calls
from flash.domain.leg import Kind
from flash.domain.routing import Operator
from flash.ports.provider import Finding
from flash.settings import Settings
from flash.usecases.backups import standing
from flash.usecases.examine import examine
from flash.usecases.heartbeat import SILENT
from flash.wiring import DEMO_SECRET, Services, secret_names

SWEPT = timedelta(minutes=1)
"""Whoever works looks for what is due every second or so."""
TAKEN = timedelta(minutes=1)
"""What is due is taken at once."""


class Service:
    """A live service, as the doctor sees it.

    Args:
        settings: its profile.
        services: what was built of it.
    """

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services

    def checks(self) -> Iterator[Check]:
        """Yield the checklist, what others hang on first."""
        yield Check("secrets", self.secrets)
        yield Check("database", self.database)
        yield Check("migrations", self.migrations, ("database",))
        yield Check("redis", self.redis)
        yield Check("worker", self.worker, ("migrations",))
        yield Check("due", self.due, ("migrations",))
        for operator in self._services.operators:
            yield Check(f"operator {operator}", partial(self.operator, operator))
        yield Check("callbacks", self.callbacks, ("migrations",))
        yield Check("certificate", self.certificate)
        yield Check("push", self.push)
        yield Check("watching", self.watching)
        yield Check("backup", self.backup)
        yield Check("restore", self.restore, ("backup",))
        yield Check("clock", self.clock)
        yield Check("disk", self.disk)

    def secrets(self) -> Finding:
        """Look whether secrets are random, and each its own."""
        with self._settings.reading() as read:
            given = {name: read(name, str, " ").strip() for name in secret_names(self._settings)}
        return outside.secrets({name: secret for name, secret in given.items() if secret}, DEMO_SECRET)

    def database(self) -> Finding:
        """Look whether the database answers."""
        mend = "Start it, and check DATABASE_URL, the firewall, and how many connections it allows."
        try:
            self._services.database.ping()
        except DBAPIError as error:
            return Finding("database", False, f"It does not answer ({type(error.orig).__name__}).", mend)
        return Finding("database", True, f"{self._services.database.engine.dialect.name} answers.", "")

    def migrations(self) -> Finding:
        """Look whether the database is as far as this release needs."""
        schema = self._services.database.schema()
        if schema < SCHEMA:
            told = f"The database is at {schema or 'no migration'}, and this release needs {SCHEMA}."
            return Finding("migrations", False, told, "Run: flash migrate")
        return Finding("migrations", True, f"The database is at {schema}; this release needs {SCHEMA}.", "")

    def redis(self) -> Finding:
        """Look whether Redis answers, wherever it is used."""
        with self._settings.reading() as read:
            keys = ("redis.url", "flash.circuits.store", "flash.throttle.store")
            urls = {url: key for key in keys if (url := read(key, str, IN_MEMORY)) != IN_MEMORY}
            connect = impatient(trust(read))
        for url, key in urls.items():
            try:
                with connect(url) as client:
                    client.ping()
            except RedisError as error:
                told = f"It does not answer at {key} ({type(error).__name__}); payments go on, a little later."
                return Finding("redis", False, told, "Start it, and check REDIS_URL, REDIS_TRUST and the firewall.")
        told = "It answers." if urls else "This profile does without it."
        return Finding("redis", True, told, "")

    def worker(self) -> Finding:
        """Look whether somebody works, and has just looked for what is due."""
        mend = "Start one: flash worker, or your host's worker process; its log says why it ended."
        with self._services.database.snapshot() as store:
            beats = store.heartbeats.all()
        now = self._services.database.now()
        alive = [beat for beat in beats if now - beat.at <= SILENT]
        if not alive:
            told = f"The last one died {_ago(now, beats[0].at)} ago." if beats else "None lives."
            return Finding("worker", False, told, mend)
        last = max((beat.swept_at for beat in alive if beat.swept_at), default=None)
        if last is None or now - last > SWEPT:
            told = f"{len(alive)} live, and none looked for what is due {f'for {_ago(now, last)}' if last else 'yet'}."
            return Finding("worker", False, told, "Look at the worker's log, and restart it.")
        told = f"{len(alive)} live; the last look for what is due was {_ago(now, last)} ago."
        return Finding("worker", True, told, "")

    def due(self) -> Finding:
        """Look whether something is due that nobody takes."""
        now = self._services.database.now()
        with self._services.database.snapshot() as store:
            since = store.transfers.due_since(now)
        if since is None or now - since <= TAKEN:
            return Finding("due", True, "Nothing waits to be taken." if since is None else "What is due is taken.", "")
        told = f"A transfer has been due for {_ago(now, since)}, and nobody takes it."
        return Finding("due", False, told, "Look at the workers' logs; flash sweep takes everything that is due once.")

    def operator(self, name: Operator) -> Finding:
        """Look whether an operator can be worked with."""
        found = examine(self._services.operators[name])
        bad = [finding for finding in found if not finding.good]
        if bad:
            first, more = bad[0], f" And {len(bad) - 1} more: flash doctor {name}." if bad[1:] else ""
            return Finding(name, False, f"{first.subject}: {first.told}", f"{first.mend}{more}")
        told = found[-1].told if len(found) == 1 else f"{len(found)} things were looked at, and all are well."
        return Finding(name, True, told, "")

    def callbacks(self) -> Finding:
        """Call ourselves as operators do, and look whether it arrives."""
        told = []
        for name in self._services.operators:
            for found in calls(name, self._services, self._settings):
                if not found.good:
                    return found
                told.append(found.told)
        return Finding(CALLBACK, True, " ".join(dict.fromkeys(told)), "")

    def certificate(self) -> Finding:
        """Look at the certificate of our public address."""
        return outside.certificate(self._services.terms.public_url)

    def push(self) -> Finding:
        """Tell by which key hints are pushed; a key that cannot be read is told among the settings."""
        pusher = self._services.pusher
        told = f"Browsers get hints, by the key {pusher.public_key}." if pusher else "Browsers get no hints: no key."
        return Finding("push", True, told, "")

    def watching(self) -> Finding:
        """Look whether a monitoring system can see anything."""
        with self._settings.reading() as read:
            token = read("flash.metrics_token", str, " ").strip()
        if not token:
            told = "Nobody can see how the service is: /metrics shows nothing."
            return Finding("watching", False, told, "Set METRICS_TOKEN, and give it to Prometheus (docs/watching.md).")
        return Finding("watching", True, "/metrics is shown to whoever has the token.", "")

    def backup(self) -> Finding:
        """Look how old the latest backup is."""
        if not safekeeping.is_kept(self._settings):
            mend = "Set BACKUP_TO, and let flash backup run every night (docs/backups.md)."
            return Finding("backup", False, "None is made.", mend)
        last = standing(safekeeping.shelf_from_settings(self._settings)).last
        return outside.backup(last.at if last else None, self._services.clock.now())

    def restore(self) -> Finding:
        """Look when a backup was last restored on trial."""
        verified = standing(safekeeping.shelf_from_settings(self._settings)).verified
        return outside.restore(verified.at if verified else None, self._services.clock.now())

    def clock(self) -> Finding:
        """Compare our clock with the database's and the operators'."""
        ours, drifts = self._services.clock, {}
        with suppress(DBAPIError):  # It has its own line.
            theirs = self._services.database.now()
            drifts["the database"] = ours.now() - theirs
        for name, operator in self._services.operators.items():
            url = operator.platform(Kind.COLLECTION)
            if url.startswith("http") and (date := outside.date_of(url)):
                drifts[name.brand] = ours.now() - date
        return outside.clock(drifts)

    def disk(self) -> Finding:
        """Look how much room there is."""
        folders = [Path(tempfile.gettempdir()), Path.cwd()]
        url = self._services.database.engine.url
        if url.get_backend_name() == "sqlite" and url.database:
            folders.append(Path(url.database).parent)
        return outside.disk(folders)


def _ago(now: datetime, then: datetime) -> str:
    return str(timedelta(seconds=max(0, int((now - then).total_seconds()))))
