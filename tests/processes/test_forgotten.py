"""A database is restored, and what was given back since the backup is not paid out as well: by what people type."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desk import BWALYA, THANDI, member
from factories import World
from flash.domain.leg import Kind
from flash.domain.transfer import State
from flash.usecases.sweep import sweep
from processes.profile import Profile, look_into
from processes.test_backups import MEMORY, Kept, asked, finished
from statements import line_of, row_of, write_rows

PASSWORD = "a long password"
WORDS = ("--reason", "the payer had cancelled", "--evidence", "statement of MTN, line 3", "--operator-id", "R1")

AGAIN = "it is ordered again under its reference"


@pytest.fixture
def kept(profiles: Callable[..., Profile], tmp_path: Path) -> Iterator[Kept]:
    """development.ini with a file of its own, and a folder for backups."""
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    profile = profiles("development.ini", {**MEMORY, "sqlalchemy.url": url, "flash.backup_to": str(tmp_path / "kept")})
    assert profile.flash("migrate").returncode == 0
    world = look_into(url)
    yield Kept(profile, world, tmp_path / "kept")
    world.database.engine.dispose()


def reconciled(kept: Kept) -> tuple[int, list[str]]:
    done = kept.profile.flash("reconcile", "--operator", "mtn", "--statement", "mtn.csv")
    return done.returncode, [line for line in done.stdout.splitlines()[1:] if ": " in line and ", line " in line]


def worked(world: World) -> None:
    """Have workers do whatever there is."""
    for _ in range(6):
        with world.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE transfers SET due_at = created_at WHERE due_at IS NOT NULL")
        sweep(world.engine)


def test_a_payment_that_was_given_back_after_the_backup_is_not_paid_out_after_the_restore(kept: Kept) -> None:
    world = kept.world
    back, through = (world.send("25.00", payer=f"096000000{number}", payee=f"096000001{number}") for number in (1, 3))
    for email in (THANDI, BWALYA):
        member(world, email, password=PASSWORD)
    asked(world)
    kept.made()
    world.cancel(back)
    finished(world)
    assert [world.get(one).state for one in (back, through)] == [State.RETURNED, State.COMPLETED]
    legs = [leg for one in (back, through) for leg in world.get(one).legs]
    assert [leg.kind for leg in legs] == [Kind.COLLECTION, Kind.REFUND, Kind.COLLECTION, Kind.DISBURSEMENT]
    write_rows(kept.profile.folder / "mtn.csv", [row_of(line_of(leg)) for leg in legs])
    world.database.engine.dispose()
    assert "held" in kept.told("restore", "latest", "--replace", "--yes", "demo.db")

    code, told = reconciled(kept)
    assert code == 1
    lost = "settled there, is not in our books"
    assert [re.sub(r", [\d:]+ old$", "", line) for line in told] == [
        f"case opened: forgotten, line 3, {back.number}, our refund of 25.00, {lost}",
        f"closed: forgotten, line 5, {through.number}, our disbursement of 25.00, {lost}; {AGAIN}",
        f"healed: late, line 4, {through.number}, settled there and still submitted here",
    ]
    worked(world)
    assert [world.get(one).state for one in (back, through)] == [State.IN_REVIEW, State.COMPLETED]
    code, told = reconciled(kept)
    assert (code, [line.partition(",")[0] for line in told]) == (1, ["known before: forgotten"])
    shown = kept.told("review", "show", "1")
    assert "case 1: reconcile_forgotten, our refund of 25.00, settled there, is not in our books" in shown

    told = kept.told("review", "propose", "1", "settled", *WORDS, "--as", THANDI, stdin=f"{PASSWORD}\n")
    told = kept.told("review", "approve", told.split()[-1], "--as", BWALYA, stdin=f"{PASSWORD}\n")
    assert told == f"Approved. {back.number} is returned.\n"
    assert kept.told("audit").endswith("\nThe audit is clean.\n")
    assert {leg.reference for one in (back, through) for leg in world.get(one).legs} == {leg.reference for leg in legs}
