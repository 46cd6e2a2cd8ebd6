"""What people type: the commands of Flash, and what they say when something is wrong."""

import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text

from desk import BWALYA, THANDI, member
from factories import World
from flash.adapters.sql.tables import postings
from flash.domain.chain import CHAINED
from flash.domain.transfer import State, Transfer
from flash.usecases.sweep import sweep
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
    done = profile.flash_alone("demo", "--once")
    assert done.returncode == 0, done.stderr
    path = re.findall(r"^ *[\d.]+ s  (\w+)", done.stdout, re.MULTILINE)
    assert path == ["recorded", "collecting", "collected", "paying_out", "completed"]
    again = profile.flash_alone("demo", "--once")
    assert again.returncode == 0, again.stderr


def test_the_demo_ends_with_1_when_its_payment_did_not_complete(profiles: Callable[..., Profile]) -> None:
    settings = {**OWN_DATABASE, "flash.public_url": f"http://127.0.0.1:{free_port()}", "sandbox.float": "1.00"}
    profile = profiles("development.ini", settings)
    done = profile.flash_alone("demo", "--once")
    assert done.returncode == 1
    assert "The payment was not completed: failed." in done.stdout


def test_the_demo_says_so_when_its_address_is_taken(profiles: Callable[..., Profile]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        profile = profiles("development.ini", {**OWN_DATABASE, "flash.public_url": url})
        done = profile.flash_alone("demo", "--once")
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
    assert profile.flash("audit").stdout.endswith("\nThe audit is clean.\n")


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


def test_a_tier_is_changed_by_staff_and_their_log_tells_it(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    member(world, THANDI)
    world.person("0960000001")

    def change(password: str) -> "subprocess.CompletedProcess[str]":
        words = ("tier", "096 0000 001", "2", "--reason", "NRC seen", "--by", THANDI)
        return profile.flash(*words, stdin=f"{password}\n")

    assert change("wrong").stderr == "Error: The email address or the password is wrong.\n"
    assert change("a long password").stdout == "+26096****001 was in tier 1 and is in tier 2.\n"
    assert world.person("0960000001").tier == 2
    logged = profile.flash("staff", "log").stdout
    assert re.fullmatch(rf" +1  .*{THANDI}  tier.change  account \S+  1 -> 2  because: NRC seen\n", logged)


def test_an_account_is_locked_and_unlocked_by_staff(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    member(world, THANDI)
    world.person("0960000001")
    words = ("lock", "0960000001", "--reason", "phone stolen", "--by", THANDI)
    assert profile.flash(*words, stdin="a long password\n").stdout == "+26096****001 is locked.\n"
    assert world.person("0960000001").locked_at is not None
    assert profile.flash(*words, stdin="a long password\n").stderr == "Error: This account is locked already.\n"
    assert profile.flash(*words, "--off", stdin="a long password\n").stdout == "+26096****001 is unlocked.\n"
    assert world.person("0960000001").locked_at is None


def test_a_file_of_payments_is_checked_made_watched_shown_and_stopped(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    profile.settings = {**profile.settings, "sandbox.delay_s": "0", "sandbox.payout_delay_s": "0"}
    member(world, THANDI)
    member(world, BWALYA, role="support")
    world.person("0960000001", tier=2)
    wages = profile.folder / "wages.csv"

    def bulk(*arguments: str, who: str = THANDI) -> "subprocess.CompletedProcess[str]":
        by = () if arguments[0] == "show" else ("--by", who)
        return profile.flash("bulk", *arguments, "--from", "0960000001", *by, stdin="a long password\n")

    wages.write_text("recipient_phone,amount\n0970000002,10\nBob,5\n")
    wrong = bulk("send", str(wages))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("line 2: ")
    wages.write_text("recipient_phone,amount,description\n0970000002,10,May\n0970000003,12.50,=1+1\n")
    assert "may not send lists" in bulk("send", str(wages), who=BWALYA).stderr
    profile.serve(free_port())
    told = bulk("send", str(wages), "--watch").stdout.splitlines()
    name = re.fullmatch(r"List (\S+): 2 payments, K22.50\.", told[0])
    assert name
    assert told[-1] == "done: 2 of 2 made (2 completed), K22.50 paid out"
    assert "was accepted before" in bulk("send", str(wages)).stdout
    shown = bulk("show", name[1]).stdout.splitlines()
    assert [line.split()[:4] for line in shown[1:]] == [
        ["1", "+26097****002", "10.00", "completed"],
        ["2", "+26097****003", "12.50", "completed"],
    ]
    assert bulk("stop", name[1]).stdout == told[-1] + "\n"
    assert "bulk.send" in profile.flash("staff", "log").stdout


def test_a_partner_is_let_in_gets_a_key_and_loses_it(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    member(world, THANDI, role="admin")
    world.person("0960000001")

    def partner(*arguments: str) -> "subprocess.CompletedProcess[str]":
        by = () if arguments[0] == "list" else ("--by", THANDI)
        return profile.flash("partner", *arguments, *by, stdin="a long password\n")

    assert partner("add", "Kamwala Market", "--account", "0960000001").stdout == "Kamwala Market is a partner.\n"
    made = partner("key", "Kamwala Market", "--label", "till 3", "--scope", "requests:read").stdout
    shown = re.fullmatch(r"Key (\S+) \(till 3\)\. It is shown this once:\n(fk_\S{40,})\n", made)
    assert shown
    listed = partner("list").stdout
    assert f"{shown[1]}  till 3  requests:read  good" in listed
    assert shown[2] not in listed
    assert partner("revoke", shown[1]).stdout == "The key is revoked.\n"
    assert partner("revoke", shown[1]).returncode == 1
    assert "revoked 20" in partner("list").stdout


def test_an_endpoint_is_added_listed_held_back_and_sent_events_again(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    member(world, THANDI, role="admin")
    transfer = world.send("25.00")

    def webhook(*arguments: str) -> "subprocess.CompletedProcess[str]":
        by = () if arguments[0] in ("list", "log") else ("--by", THANDI)
        return profile.flash("webhook", *arguments, *by, stdin="a long password\n")

    made = webhook("add", "shop", "https://shop.invalid/hook", "--all").stdout
    assert webhook("add", "x", "https://shop.invalid/hook", "--partner", "").returncode == 2
    secret = re.search(r"^whsec_\S{40,}$", made, re.M)
    assert secret
    assert webhook("add", "shop", "http://shop.invalid/", "--all").returncode == 1
    assert "hears nothing" in webhook("disable", "shop").stdout
    assert webhook("replay", "shop", "--transfer", transfer.number).stdout == "1 events are on their way to shop.\n"
    assert webhook("list").stdout.startswith("shop  https://shop.invalid/hook  DISABLED: staff hold it back  1 waiting")
    assert secret[0] not in webhook("rotate", "shop").stdout
    assert "hears events again" in webhook("enable", "shop").stdout
    profile.serve(free_port())
    until(lambda: "host not found" in webhook("log", "shop").stdout)
    assert "whsec_" not in webhook("list").stdout + profile.flash("staff", "log").stdout


# --- Review and tamper evidence

WORDS = ("--reason", "MTN confirms it", "--evidence", "statement of 23 Nov, line 7, for 0960000083")


def as_(who: str, password: str = "a long password") -> dict[str, Any]:
    """Who types a command, and what they type for the password."""
    return {"who": who, "stdin": f"{password}\n"}


def review(profile: Profile, *arguments: str, who: str, stdin: str) -> "subprocess.CompletedProcess[str]":
    return profile.flash("review", *arguments, "--as", who, stdin=stdin)


def held(world: World) -> Transfer:
    """A transfer whose collection the operator reports with another amount."""
    transfer = world.send("25.00", payer="0960000083")
    settle(world)
    assert world.get(transfer).state is State.IN_REVIEW
    return transfer


def settle(world: World) -> None:
    """Bring everything under way as far as it gets, in this process, because starting others takes long."""
    world.engine = replace(world.engine, clock=world.clock)
    world.operate(replace(world.sandbox, clock=world.clock, delay=timedelta(0), payout_delay=timedelta(0)))
    until(lambda: not sweep(world.engine) and all(one.transfer.due_at is None for one in dossiers(world)))


def test_two_people_bring_a_held_payment_to_its_end(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    member(world, THANDI), member(world, BWALYA)
    transfer = held(world)
    listed = profile.flash("review", "list").stdout
    assert re.search(rf" 1  .*{transfer.number}  in_review  contradiction\n1 open cases", listed)
    proposed = review(profile, "propose", "1", "settled", "--operator-id", "OP7", *WORDS, **as_(THANDI))
    proposal = proposed.stdout.split()[-1]
    assert proposed.stdout == f"Proposed. Another person approves it with: flash review approve {proposal}\n"
    assert "contradiction  waits for approval" in profile.flash("review", "list").stdout
    shown = profile.flash("review", "show", "1").stdout
    for line in (
        "case 1: contradiction, the answer names another amount or party",
        f"proposed {proposal}",
        f"  settled for leg {world.get(transfer).legs[0].reference}, operator's id OP7",
        "  reason: MTN confirms it",
        "  evidence: statement of 23 Nov, line 7, for 0960***083",
        "in_review: the money is in our float or unproven; a person decides",
    ):
        assert f"{line}\n" in shown
    assert not re.findall(r"9[67]0000\d{3}", shown)
    alone = review(profile, "approve", proposal, **as_(" Thandi@FLASH.example"))
    assert (alone.returncode, alone.stdout) == (1, "")
    assert alone.stderr == "Error: Who proposed it cannot approve it; another person has to.\n"
    done = review(profile, "approve", proposal, **as_(BWALYA))
    assert done.stdout == f"Approved. {transfer.number} is collected.\n", done.stderr
    assert "approved by bwalya@flash.example" in profile.flash("review", "show", "1").stdout
    settle(world)
    assert world.get(transfer).state is State.COMPLETED
    assert profile.flash("review", "list").stdout == "0 open cases.\n"
    assert profile.flash("audit").returncode == 0


def test_nobody_decides_without_their_password_or_beyond_their_role(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    member(world, THANDI), member(world, "chanda@flash.example", role="support")
    held(world)
    for who in (as_(THANDI, "wrong"), as_("nobody@flash.example")):
        refused = review(profile, "propose", "1", "declined", *WORDS, **who)
        assert (refused.returncode, refused.stderr) == (1, "Error: The email address or the password is wrong.\n")
    refused = review(profile, "propose", "1", "declined", *WORDS, **as_("chanda@flash.example"))
    assert refused.stderr == "Error: The role support may not decide; admin or finance may.\n"
    assert "waits" not in profile.flash("review", "list").stdout


def test_a_proposal_can_be_rejected_and_a_case_that_is_not_there_is_told(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    member(world, THANDI), member(world, BWALYA)
    held(world)
    first = review(profile, "propose", "1", "declined", *WORDS, **as_(THANDI)).stdout.split()[-1]
    again = review(profile, "propose", "1", "declined", *WORDS, **as_(BWALYA))
    assert again.stderr == "Error: Another proposal about this case is open; approve or reject it first.\n"
    assert review(profile, "reject", first, **as_(BWALYA)).stdout == "Rejected. The case is still open.\n"
    assert review(profile, "approve", first, **as_(BWALYA)).stderr == "Error: This proposal was rejected already.\n"
    assert profile.flash("review", "show", "7").stderr == "Error: We could not find that.\n"


def completed(profile: Profile, world: World) -> Transfer:
    """A completed transfer, all of it in the chain."""
    transfer = world.send("25.00")
    settle(world)
    assert re.fullmatch(r"\d+ rows were linked\.\n", profile.flash("chain").stdout)
    return transfer


EDIT = "update postings set amount_minor = amount_minor {} 1 where id = 2"
SWAP = "update postings set amount_minor = -amount_minor where id in (1, 2)"
DELETE = "delete from evidence where id = 1"


def test_the_audit_names_what_was_edited_swapped_or_deleted(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    transfer = completed(profile, world)
    for touched, back, named in (
        (EDIT.format("+"), EDIT.format("-"), "postings position 2, row 2"),
        (SWAP, SWAP, "postings position 1, row 1"),
        (DELETE, "", "evidence position 1, row 1"),
    ):
        execute(world, touched)
        done = profile.flash("audit")
        assert (done.returncode, "clean" in done.stdout) == (1, False)
        assert f"The chain is broken. {named} of transfer {transfer.id}: " in done.stdout
        if back:
            execute(world, back)
            assert profile.flash("audit").returncode == 0


def execute(world: World, statement: str) -> None:
    with world.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_kept_audit_shows_a_chain_that_was_cut_together_with_its_rows(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    completed(profile, world)
    kept = profile.folder / "kept.txt"
    kept.write_text(profile.flash("audit").stdout)
    assert profile.flash("audit", "--expect", str(kept)).returncode == 0
    execute(world, "delete from evidence where id = (select max(id) from evidence)")
    last = "(select max(position) from chain_links where table_name = 'evidence')"
    execute(world, f"delete from chain_links where table_name = 'evidence' and position = {last}")
    done = profile.flash("audit", "--expect", str(kept))
    assert (done.returncode, "the chain was cut" in done.stdout) == (1, True)
    kept.write_text("nothing")
    assert "there is no line in it" in profile.flash("audit", "--expect", str(kept)).stderr


def test_the_service_links_by_itself(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    transfer = world.send("25.00")
    profile.serve(free_port())
    until(lambda: world.get(transfer).final and not unlinked(world))
    assert "chain postings 4 " in profile.flash("audit").stdout


def unlinked(world: World) -> list[Any]:
    with world.database.unit_of_work() as store:
        return [row for table in CHAINED for row in store.chain.unlinked(table, limit=1)]


def test_no_log_and_no_output_holds_a_whole_phone_number(demo: tuple[Profile, World]) -> None:
    profile, world = demo
    url, token = profile.serve(free_port()), token_of(world, "0960000001")
    for payee in ("0970000002", "0970000071", "0970000083"):
        send(url, token, payee, 10)
    until(lambda: all(one.transfer.due_at is None for one in dossiers(world)))
    assert not re.findall(r"9[67]0000\d{3}", profile.logs())
    assert token not in profile.logs()
