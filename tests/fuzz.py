"""Schemathesis on the live service: every route of openapi.yaml, with all checks, as a person and as nobody.

`make fuzz` runs it at length; with --short, as CI does, it tries the same few hundred calls in every run. What it may
not hold against a route, and why, stands in fuzz.toml beside this file. A route that is new is found by itself.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waitress.server import create_server

from flash.adapters.sql.tables import metadata
from flash.settings import load
from flash.web import make_app
from flash.wiring import build
from servers import free_port

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("schemathesis")
PERSON, NOBODY = "a person", "nobody"
SHORT = ("--generation-deterministic", "--max-examples", "15")


def main() -> int:
    """Run both; 1 when anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="calls to each operation")
    parser.add_argument("--short", action="store_true", help="few calls, the same in every run")
    parser.add_argument("rest", nargs="*", help="for schemathesis, like --include-path /api/auth/me/")
    asked = parser.parse_args()
    how = SHORT if asked.short else ("--max-examples", str(asked.examples))
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for who in (PERSON, NOBODY):
            with _serving(Path(folder) / f"{who}.db") as (url, broken, environ):
                print(f"--- As {who}", flush=True)
                command = [PROGRAM, "--config-file", HERE / "fuzz.toml", "run", f"{url}/api/openapi.yaml"]
                options = ["--url", url, "--checks", "all", *how, *asked.rest]
                done = subprocess.run([*command, *options], env={**environ, "FUZZ_AS": who}, check=False, cwd=folder)
                found += done.returncode or bool(broken)
                print("\n".join(broken))
    return 1 if found else 0


@contextmanager
def _serving(database: Path) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Serve the demo on a database of its own, where nobody is ever too soon; yields what breaks meanwhile."""
    url = f"sqlite:///{database}"
    settings = load(str(HERE.parent / "development.ini"))
    often = {f"flash.rate.{name}": "1000000 per second" for name in settings.under("flash.rate.")}
    quick = {"sandbox.delay_s": "0.2", "sandbox.payout_delay_s": "0.1"}
    services = build(settings.with_values({**often, **quick, "sqlalchemy.url": url}))
    metadata.create_all(services.database.engine)
    broken: list[str] = []
    handler = _Broken(broken)
    logging.getLogger().addHandler(handler)
    server = create_server(make_app(services, settings), host="127.0.0.1", port=free_port(), threads=4)
    services.jobs.start(services.work())
    threading.Thread(target=server.run, name="server", daemon=True).start()
    environ = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "fuzz_hooks", "FUZZ_DATABASE": url}
    try:
        yield f"http://127.0.0.1:{server.effective_port}", broken, environ
    finally:
        services.jobs.stop()
        server.close()
        services.database.engine.dispose()
        logging.getLogger().removeHandler(handler)


class _Broken(logging.Handler):
    """Collects what the service says of its own mistakes."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        self._lines.append(self.format(record))


if __name__ == "__main__":
    sys.exit(main())
