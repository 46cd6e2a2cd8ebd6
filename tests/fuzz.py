"""Schemathesis on the live service: every route of openapi.yaml, with all checks, as a person and as nobody.

`make fuzz` runs it at length; with --short, as CI does, it tries the same few hundred calls in every run. What it may
not hold against a route, and why, stands in fuzz.toml beside this file. A route that is new is found by itself.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from flash.ports.throttle import Rule
from live import serving

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("schemathesis")
PERSON, NOBODY = "a person", "nobody"
NEVER_TOO_SOON = {f"flash.rate.{rule}": "1000000 per second" for rule in Rule}
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
            database = f"sqlite:///{Path(folder) / who}.db"
            environ = {"SCHEMATHESIS_HOOKS": "fuzz_hooks", "FUZZ_DATABASE": database, "FUZZ_AS": who}
            with serving(database, **NEVER_TOO_SOON) as live:
                print(f"--- As {who}", flush=True)
                command = [PROGRAM, "--config-file", HERE / "fuzz.toml", "run", f"{live.url}/api/openapi.yaml"]
                options = ["--url", live.url, "--checks", "all", *how, *asked.rest]
                environ |= {**os.environ, "PYTHONPATH": str(HERE)}
                done = subprocess.run([*command, *options], env=environ, check=False, cwd=folder)
                found += done.returncode or bool(live.broken)
                print("\n".join(live.broken))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
