"""What people type: the commands of Flash, and what they say when something is wrong."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from factories import World
from flash.adapters.sql.tables import postings
from flash.domain.transfer import State
from processes.profile import REHEARSAL, ROOT, Profile, look_into, token_of, until
from processes.test_rehearsal import all_final, dossiers, send
from servers import free_port

OWN_DATABASE = {"sqlalchemy.url": "sqlite:///%(here)s/demo.db"}
"""Beside the profile's own ini file."""


@pytest.fixture
def demo(profiles: Callable[..., Profile], tmp_path: Path) -> Iterator[tuple[Profile, World]]:
    """development.ini with a database and delays of its own, migrated; and a look into its database."""
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    profile = profiles(
        "development.ini", {"sqlalchemy.url": url, "sandbox.delay_s": "0.5", "sandbox.success_rate": "1"}
    )
    assert profile.flash("migrate").returncode == 0
    world = look_into(url)
    yield profile, world
    world.database.engine.dispose()


def test_pserve_production_without_its_environment_says_what_is_missing_and_ends(
    profiles: Callable[..., Profile],
) -> None:
    done = profiles("production.ini", {}).run("pserve", str(ROOT / "production.ini"))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "PUBLIC_URL",
        "MTN_DISBURSEMENTS_PRIMARY_KEY",
        "AIRTEL_PIN",
    ):
        assert f": the environment variable {name} is missing or empty\n" in done.stderr


def test_pserve_development_completes_payments_by_itself(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    url, token = profile.serve(free_port()), token_of(world, "0960000001")
    send(url, token, "0970000002", 10)
    until(lambda: all_final(world))
    assert [one.transfer.state for one in dossiers(world)] == [State.COMPLETED]


def test_a_killed_demo_goes_on_where_it_was(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    profile.settings = {**profile.settings, "flash.lease_s": "3", "sandbox.delay_s": "2"}
    url, token = profile.serve(free_port()), token_of(world, "0960000001")
    send(url, token, "0970000002", 10)
    until(lambda: dossiers(world)[0].transfer.state is State.COLLECTING)
    profile.processes[0].kill()
    profile.processes[0].wait()
    profile.serve(free_port())
    until(lambda: all_final(world))
    assert [one.transfer.state for one in dossiers(world)] == [State.COMPLETED]


def test_the_stand_alone_completer_completes_what_nobody_else_does(
    profiles: Callable[..., Profile], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'flash.db'}"
    settings = {**REHEARSAL, "sqlalchemy.url": url, "flash.jobs": "flash.adapters.rq_jobs"}
    profile = profiles("development.ini", settings, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert profile.flash("migrate").returncode == 0
    world = look_into(url)
    transfer = world.send("10.00")
    profile.start(
        "flash", "--ini", str(profile.ini()), "complete-demo", "--daemon", "--delay", "1", "--success-rate", "1"
    )
    until(lambda: all_final(world))
    assert world.get(transfer).state is State.COMPLETED
    world.database.engine.dispose()


def test_the_stand_alone_completer_refuses_where_a_real_operator_is_configured(
    profiles: Callable[..., Profile],
) -> None:
    done = profiles("production.ini", {}).flash("complete-demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: This profile has a real operator; only it can complete payments.\n"


def test_the_demo_sends_one_payment_and_prints_its_path(profiles: Callable[..., Profile]) -> None:
    profile = profiles("development.ini", {**OWN_DATABASE, "flash.public_url": f"http://127.0.0.1:{free_port()}"})
    done = profile.flash("demo", "--once")
    assert done.returncode == 0, done.stderr
    path = re.findall(r"^ *[\d.]+ s  (\w+)", done.stdout, re.MULTILINE)
    assert path == ["recorded", "collecting", "collected", "paying_out", "completed"]
    again = profile.flash("demo", "--once")
    assert again.returncode == 0, again.stderr


def test_the_demo_ends_with_1_when_its_payment_did_not_complete(profiles: Callable[..., Profile]) -> None:
    settings = {**OWN_DATABASE, "flash.public_url": f"http://127.0.0.1:{free_port()}", "sandbox.float": "1.00"}
    profile = profiles("development.ini", settings)
    done = profile.flash("demo", "--once")
    assert done.returncode == 1
    assert "The payment was not completed: failed." in done.stdout


def test_the_demo_says_so_when_its_address_is_taken(profiles: Callable[..., Profile]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        profile = profiles("development.ini", {**OWN_DATABASE, "flash.public_url": url})
        done = profile.flash("demo", "--once")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert f"flash.public_url: {url} is taken; is a demo running already?" in done.stderr


def test_a_worker_is_refused_where_the_web_process_does_the_work(demo: tuple[Profile, World]) -> None:
    done = demo[0].flash("worker")
    assert done.returncode == 1
    assert "needs no worker" in done.stderr


def test_sweep_show_and_audit_tell_what_they_found(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    transfer = world.send("25.00")
    assert profile.flash("sweep").stdout == "1 transfers were due.\n"
    shown = profile.flash("show", transfer.number).stdout
    assert f"{transfer.number}  {transfer.id}" in shown
    assert "collecting: the money is with the payer, or leaving; by " in shown
    assert " UTC it is known, or a person decides\n" in shown
    assert transfer.payer.e164 not in shown
    assert profile.flash("show", str(transfer.id)).stdout == shown
    assert profile.flash("show", "FL-NONE").returncode == 1
    assert profile.flash("audit").stdout == "The audit is clean.\n"


def test_the_audit_ends_with_1_when_the_money_does_not_add_up(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    transfer = world.send("25.00")
    until(lambda: profile.flash("sweep").returncode == 0 and world.get(transfer).final)
    with world.database.engine.begin() as connection:
        connection.execute(delete(postings).where(postings.c.account == "payee:airtel"))
    done = profile.flash("audit")
    assert done.returncode == 1
    assert f"{transfer.number}: its postings do not sum to zero" in done.stdout


def test_a_member_of_staff_is_added_once(demo: tuple[Profile, World]) -> None:
    arguments = ("staff", "add", "Thandi@flash.example", "--name", "Thandiwe Zulu", "--role", "admin")
    done = demo[0].flash(*arguments, stdin="a long password\n")
    assert done.stdout == "thandi@flash.example was added with the role admin.\n"
    again = demo[0].flash(*arguments, stdin="a long password\n")
    assert (again.returncode, again.stderr) == (1, "Error: There is a member of staff with this email address.\n")
    short = demo[0].flash("staff", "add", "x@flash.example", "--name", "X", stdin="short\n")
    assert "at least 6 characters" in short.stderr


def test_no_log_and_no_output_holds_a_whole_phone_number(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    url, token = profile.serve(free_port()), token_of(world, "0960000001")
    for payee in ("0970000002", "0970000071", "0970000083"):
        send(url, token, payee, 10)
    until(lambda: all(one.transfer.due_at is None for one in dossiers(world)))
    assert not re.findall(r"9[67]0000\d{3}", profile.logs())
    assert token not in profile.logs()
