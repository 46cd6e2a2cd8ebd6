"""A process may die at any moment; afterwards the payment ends right, and nothing was ordered twice."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from factories import World
from flash.adapters.memory import MemoryJobs
from flash.adapters.sql.store import SqlDatabase
from flash.adapters.sql.tables import metadata
from flash.simulator.server import running
from flash.simulator.simulator import Knobs

WALK = Path(__file__).parent / "crash_walk.py"


FATES = [
    ("0970000002", "completed", ["collection", "disbursement"]),
    ("0970000072", "returned", ["collection", "disbursement", "refund"]),
]


@pytest.mark.parametrize(("payee", "end", "kinds"), FATES)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_at_any_point_a_payment_ends_right_and_no_leg_has_two_references(
    kind: str, payee: str, end: str, kinds: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'flash.db'}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres").create_database(f"crash_{end}")
    found = walks(url, payee, tmp_path)
    check_walks(found, end, kinds)
    for walk in found:
        check_events(walk)
    twice = [walk for walk in found if len(walk["heard"]) > walk["steps"]]
    assert len(twice) >= 5  # Killed after each event was heard, and before that was stored.
    assert audit_of(url) == []


@pytest.mark.parametrize(("payee", "end", "kinds"), [(payee.replace("7", "6", 1), *more) for payee, *more in FATES])
def test_killed_at_any_point_the_same_holds_over_mtns_adapter(
    payee: str, end: str, kinds: list[str], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'flash.db'}"
    with running(knobs=Knobs(approval_s=0, payout_s=0)) as server:
        check_walks(walks(url, payee, tmp_path, server.url), end, kinds)
        ours = {order.reference for order in server.simulator.bank.orders(None)}
        moved = Counter(one.reference for one in server.simulator.bank.journal if one.reference in ours)
    assert set(moved.values()) == {1}
    assert audit_of(url) == []


def walks(url: str, payee: str, folder: Path, *simulator: str) -> list[Any]:
    """Walk all points and return what was told of each."""
    database = SqlDatabase(url, jobs=MemoryJobs())
    metadata.create_all(database.engine)
    database.engine.dispose()
    command = [sys.executable, str(WALK), url, payee, str(folder), *simulator]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(WALK.parent.parent)}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_walks(found: list[Any], end: str, kinds: list[str]) -> None:
    assert len(found) > 30
    for walk in found:
        references = defaultdict(set)
        for line in walk["submitted"]:
            leg, reference = line.split()
            references[leg].add(reference)
        assert walk["state"] == end, walk
        assert {leg: len(found) for leg, found in references.items()} == dict.fromkeys(kinds, 1), walk


def check_events(walk: Any) -> None:
    """Whatever the process died of, the endpoint heard of every step, first in order, and again only what it knew."""
    first = list({one["id"]: one["sequence"] for one in walk["heard"]}.values())
    assert first == list(range(1, walk["steps"] + 1)), walk
    assert len(walk["heard"]) <= len(first) + 1, walk
    assert walk["heard"][-1]["state"] == walk["state"], walk


def audit_of(url: str) -> list[str]:
    database = SqlDatabase(url, jobs=MemoryJobs())
    try:
        return World(database).audit()
    finally:
        database.engine.dispose()
