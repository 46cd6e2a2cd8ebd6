"""What people type to hold the operators' books against ours, and what they read then."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from factories import World
from flash.adapters.sql.tables import evidence, postings
from flash.domain.leg import Kind
from flash.domain.limits import local_day
from flash.domain.transfer import State, Transfer
from processes.profile import Profile, look_into, until
from statements import line_of, row_of, write_rows


@pytest.fixture
def demo(profiles: Callable[..., Profile], tmp_path: Path) -> Iterator[tuple[Profile, World]]:
    """development.ini with a database of its own, migrated; and a look into it."""
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    settings = {"sqlalchemy.url": url, "sandbox.delay_s": "0", "sandbox.payout_delay_s": "0"}
    profile = profiles("development.ini", {**settings, "sandbox.success_rate": "1"})
    assert profile.flash("migrate").returncode == 0
    world = look_into(url)
    yield profile, world
    world.database.engine.dispose()


def completed(profile: Profile, world: World) -> Transfer:
    transfer = world.send("25.00")
    until(lambda: profile.flash("sweep").returncode == 0 and world.get(transfer).final)
    assert world.get(transfer).state is State.COMPLETED
    return world.get(transfer)


def test_a_statement_is_compared_and_told_line_by_line(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    collection = completed(profile, world).latest(Kind.COLLECTION)
    good = row_of(line_of(collection))
    strange = row_of(line_of(collection, reference=None, operator_id="M7"))
    write_rows(profile.folder / "good.csv", [good])
    write_rows(profile.folder / "strange.csv", [strange])
    done = profile.flash("reconcile", "--operator", "mtn", "--statement", "good.csv")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "No difference.")
    files = ("--statement", "good.csv", "--statement", "strange.csv")
    done = profile.flash("reconcile", "--operator", "mtn", *files)
    assert done.returncode == 1
    assert done.stdout.startswith("MTN MoMo: 2 lines from ")
    assert "noted: unknown_money_in, line 2, M7, 25.00 came in without a reference of ours, 0:0" in done.stdout
    assert done.stdout.endswith("      1 unknown_money_in: noted\n")
    again = profile.flash("reconcile", "--operator", "mtn", *files)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (1, "      1 unknown_money_in: known before")


def test_a_leg_in_doubt_is_healed_from_the_command_line(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    profile.settings = {**profile.settings, "sandbox.delay_s": "3600"}
    transfer = world.send("25.00")
    assert profile.flash("sweep").returncode == 0
    leg = world.get(transfer).the_open_leg()
    write_rows(profile.folder / "mtn.csv", [row_of(line_of(leg, at=world.clock.now()))])
    done = profile.flash("reconcile", "--operator", "mtn", "--statement", "mtn.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"healed: late, line 2, {transfer.number}, settled there and still submitted here" in done.stdout
    assert world.get(transfer).state is State.COLLECTED
    assert "statement" in profile.flash("show", transfer.number).stdout
    assert profile.flash("audit").stdout.endswith("\nThe audit is clean.\n")


def test_a_wrong_file_gets_one_sentence(demo: tuple[Profile, World]) -> None:
    (demo[0].folder / "x.csv").write_text("a,b\n1,2\n")
    done = demo[0].flash("reconcile", "--operator", "mtn", "--statement", "x.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: x.csv has no column Amount, Date, ")
    assert done.stderr.count("\n") == 1
    done = demo[0].flash("reconcile", "--statement", "x.csv")
    assert "--operator and --statement belong together." in done.stderr
    done = demo[0].flash("reconcile", "--opening", "vodafone=1")
    assert "vodafone is no operator" in done.stderr


def test_balances_are_compared_from_the_opening_on(demo: tuple[Profile, World]) -> None:
    """The sandbox's float stands still, so the first payout is more than it shows."""
    profile, world = demo
    done = profile.flash("reconcile")
    assert done.returncode == 1
    assert "BAD MTN MoMo holds K1,000,000.00, the journal says K0.00" in done.stdout
    assert "If it was K1,000,000.00: --opening mtn=1000000.00" in done.stdout
    openings = ("--opening", "mtn=1000000.00", "--opening", "airtel=1000000.00")
    assert profile.flash("close-day", *openings).returncode == 0
    done = profile.flash("reconcile")
    assert (done.returncode, done.stdout.count("ok  ")) == (0, 2)
    completed(profile, world)
    done = profile.flash("reconcile")
    assert done.returncode == 1
    assert "BAD Airtel Money holds K1,000,000.00, which is K25.00 more than anything explains" in done.stdout
    assert "ok  MTN MoMo" in done.stdout


def test_a_day_is_closed_verified_and_a_change_is_found(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    assert profile.flash("close-day", "--verify").stdout == "No day was closed yet.\n"
    completed(profile, world)
    today = local_day(world.clock.now())
    yesterday = today - timedelta(days=1)
    refused = profile.flash("close-day", "--date", str(today))
    assert (refused.returncode, "cannot be closed yet" in refused.stderr) == (1, True)
    with world.database.engine.begin() as connection:  # As if the payment had been made yesterday.
        for table in (postings, evidence):
            connection.execute(update(table).values(at=world.clock.now() - timedelta(days=1)))
    closed = profile.flash("close-day")
    assert (closed.returncode, closed.stderr) == (0, "")
    assert closed.stdout.startswith(f"{yesterday} was closed: ")
    assert profile.flash("close-day").stdout == "Nothing is left to be closed.\n"
    verified = profile.flash("close-day", "--verify")
    assert verified.returncode == 0
    assert verified.stdout.startswith(f"All days up to {yesterday} are as they were closed: ")
    with world.database.engine.begin() as connection:
        connection.execute(update(postings).where(postings.c.id == 1).values(amount_minor=1))
    broken = profile.flash("close-day", "--verify")
    assert broken.returncode == 1
    assert broken.stdout == f"{yesterday}: accounts, balances, rows changed since it was closed\n"
