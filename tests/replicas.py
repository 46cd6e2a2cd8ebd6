"""A PostgreSQL with a standby that has every commit before it is answered, at an address that stays the same."""

import os
import signal
from pathlib import Path
from typing import Self

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from daemon import Daemon, NoServer
from relay import Relay
from servers import LOOPBACK, find_postgres, free_port, postgres_user, runnable

# What a killed process had written is kept by the machine, which nobody kills here.
CARELESS = ("--fsync=off", "--full_page_writes=off")


class Node:
    """One of the two servers."""

    def __init__(self, name: str, programs: Path) -> None:
        self.daemon = Daemon(name, postgres_user())
        self.data = self.daemon.directory / "data"
        self.port = free_port()
        self.programs = runnable(programs, self.daemon)
        self.url = f"postgresql+psycopg://postgres@{LOOPBACK}:{self.port}/postgres"

    def start(self, *more: str) -> None:
        """Start it, or start it again."""
        where = ("-D", self.data, "-p", str(self.port), f"--listen_addresses={LOOPBACK}", "--unix_socket_directories=")
        command = (self.programs / "postgres", *where, *CARELESS, "--max_connections=200", "--wal_level=replica")
        self.daemon.serve(*command, *more, meet=self._meet)

    def kill(self) -> None:
        """End it as a failing machine does."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        self.daemon.wait()

    def execute(self, statement: str) -> object:
        """Run one statement and return the first value of its answer, if there is one."""
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None

    def _meet(self) -> None:
        try:
            self.execute("SELECT 1")
        except Exception as error:
            raise NoServer(str(error)) from error


class Replicas:
    """Primary and standby behind one address.

    Attributes:
        url: of a database, wherever it is served at the moment.
    """

    def __init__(self) -> None:
        programs, _ = find_postgres()
        self.primary, self.standby = Node("primary", programs), Node("standby", programs)
        setup = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.primary.daemon.run(self.primary.programs / "initdb", "-D", self.primary.data, *setup)
        self.primary.start()
        copy = ("-h", LOOPBACK, "-p", str(self.primary.port), "-U", "postgres", "-D", self.standby.data)
        self.standby.daemon.run(self.standby.programs / "pg_basebackup", *copy, "-R", "-X", "stream", "--no-sync")
        self.standby.start()
        self.primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.execute("SELECT pg_reload_conf()")
        self.primary.execute("CREATE DATABASE flash")
        self.relay = Relay(self.primary.port)
        self.url = f"postgresql://postgres@{LOOPBACK}:{self.relay.port}/flash"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.relay.close()
        for node in (self.standby, self.primary):
            node.daemon.stop()

    def restart(self) -> None:
        """Kill the primary, and start it again where it was."""
        self.primary.kill()
        self.primary.start()

    def fail_over(self) -> None:
        """Kill the primary, make the standby the new one, and let the address lead there."""
        self.primary.kill()
        self.standby.execute("SELECT pg_promote()")
        self.relay.target = self.standby.port
        self.relay.hang_up()
