"""A process may die at any moment; afterwards the payment ends right, and nothing was ordered twice."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from factories import World
from flash.adapters.memory import MemoryJobs, MemoryMessenger
from flash.adapters.sql.store import SqlDatabase
from flash.adapters.sql.tables import metadata

WALK = Path(__file__).parent / "crash_walk.py"


@pytest.mark.parametrize(
    ("payee", "end", "kinds"),
    [
        ("0970000002", "completed", ["collection", "disbursement"]),
        ("0970000072", "returned", ["collection", "disbursement", "refund"]),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_at_any_point_a_payment_ends_right_and_no_leg_has_two_references(
    kind: str, payee: str, end: str, kinds: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'flash.db'}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres").create_database(f"crash_{end}")
    database = SqlDatabase(url, jobs=MemoryJobs(), messenger=MemoryMessenger())
    request.addfinalizer(database.engine.dispose)
    metadata.create_all(database.engine)
    command = [sys.executable, str(WALK), url, payee, str(tmp_path)]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(WALK.parent.parent)}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    walks = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(walks) > 30
    for walk in walks:
        references = defaultdict(set)
        for line in walk["submitted"]:
            leg, reference = line.split()
            references[leg].add(reference)
        assert walk["state"] == end, walk
        assert {leg: len(found) for leg, found in references.items()} == dict.fromkeys(kinds, 1), walk
    assert World(database).audit() == []
