"""`flash COMMAND`: what the people who run Flash type."""

import getpass
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import Event
from typing import Any

import click
from alembic import command as alembic_command
from alembic.config import Config as AlembicConfig
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from flash.domain.account import ROLES, Staff, check_password, clean_text
from flash.domain.callback import Callback
from flash.domain.errors import Refusal
from flash.domain.routing import Operator
from flash.domain.transfer import MEANINGS
from flash.ports.store import File
from flash.settings import BadSettings, Settings, load
from flash.usecases.audit import audit as audit_everything
from flash.usecases.examine import as_line
from flash.usecases.sweep import sweep as sweep_once
from flash.usecases.sweep import sweep_until
from flash.wiring import build, database_url, uses_only_the_sandbox

COMPLETER_SWEEP_S = 1.0


@contextmanager
def _clear_words() -> Iterator[None]:
    """Turn what the person can mend into one message; anything else stays a traceback."""
    try:
        yield
    except BadSettings as error:
        raise click.ClickException(str(error)) from error
    except Refusal as error:
        raise click.ClickException(error.text) from error
    except OperationalError as error:
        told = str(error.orig).partition("\n")[0]
        raise click.ClickException(f"The database cannot be used ({told}). Was `flash migrate` run?") from error


def _with_settings(function: Callable[..., None]) -> Any:
    """Give a command the settings of the profile as its first argument."""

    @click.pass_context
    @wraps(function)
    def command(context: click.Context, *args: Any, **kwargs: Any) -> None:
        with _clear_words():
            function(load(context.obj), *args, **kwargs)

    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option(
    "--ini",
    envvar="FLASH_INI",
    default="development.ini",
    show_default=True,
    type=click.Path(dir_okay=False),
    help="The profile to use; also from the environment as FLASH_INI.",
)
@click.pass_context
def main(context: click.Context, ini: str) -> None:
    """Flash moves kwacha from one mobile-money wallet to another."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-5s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    context.obj = ini


@main.command()
@click.pass_obj
def migrate(ini: str) -> None:
    """Bring the database's tables up to date."""
    with _clear_words():
        migrate_database(ini)
    click.echo("The database is up to date.")


def migrate_database(ini: str) -> None:
    """Run the migrations that are missing; a SQLite file is made in a folder that may not exist yet."""
    url = make_url(_url(load(ini)))
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(exist_ok=True)
    alembic_command.upgrade(AlembicConfig(ini), "head")


def _url(settings: Settings) -> str:
    with settings.reading() as read:
        return read("sqlalchemy.url", database_url)


@main.command()
@_with_settings
def worker(settings: Settings) -> None:
    """Take wake-ups from Redis and sweep the database; run as many as you like."""
    from flash.worker import run  # noqa: PLC0415 - RQ is loaded by the only command that needs it

    run(settings)


@main.command()
@_with_settings
def sweep(settings: Settings) -> None:
    """Advance everything that is due, once."""
    click.echo(f"{sweep_once(build(settings).engine)} transfers were due.")


@main.command()
@_with_settings
def audit(settings: Settings) -> None:
    """Prove over the whole database that the money adds up; exit with 1 when it does not."""
    found = False
    for line in audit_everything(unit_of_work=build(settings).database.snapshot):
        click.echo(line)
        found = True
    if found:
        sys.exit(1)
    click.echo("The audit is clean.")


@main.command()
@click.argument("name", metavar="ID_OR_NUMBER")
@_with_settings
def show(settings: Settings, name: str) -> None:
    """Show everything about one transfer: where the money is, its story, legs, evidence and journal."""
    with build(settings).database.snapshot() as store:
        for line in _told(store.transfers.file(name)):
            click.echo(line)


def _told(file: File) -> Iterator[str]:
    transfer = file.dossier.transfer
    yield f"{transfer.number}  {transfer.id}"
    yield f"{transfer.amount.spoken} and {transfer.fee.spoken} fee, {transfer.payer.masked} to {transfer.payee.masked}"
    yield f"{transfer.state}: the money is {MEANINGS[transfer.state].where}"
    if transfer.due_at:
        yield f"looked at again at {transfer.due_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "steps"
    for step in file.dossier.steps:
        yield f"  {step.number:2} {step.at:%H:%M:%S.%f} {step.after:<10} {step.note}"
    yield "legs"
    for leg in transfer.legs:
        yield f"  {leg.reference} {leg.kind:<12} {leg.operator:<6} {leg.amount} {leg.state} {leg.reason or ''}".rstrip()
    yield "evidence"
    for reference, kept, meaning in file.evidence:
        yield f"  {kept.at:%H:%M:%S.%f} {str(reference)[:8]} {kept.source:<12} {meaning:<8} {_masked(kept.body)!r}"
    yield from ("callbacks", *(f"  {_called(callback)}" for callback in file.callbacks)) if file.callbacks else ()
    yield "journal"
    for posting in file.dossier.postings:
        yield f"  {posting.account:<24} {posting.amount!s:>12}"
    for case in file.cases:
        yield f"case: {case.cause}, {case.detail}"


def _called(callback: Callback) -> str:
    return f"{callback.received_at:%H:%M:%S.%f} {callback.method} from {callback.source}, {len(callback.body)} bytes"


def _masked(body: str) -> str:
    """Return the beginning of an operator's answer without the numbers that may belong to people."""
    return re.sub(r"\d(?=\d{3})", "*", body)[:80]


@main.command()
@click.argument("operator", type=click.Choice([operator.value for operator in Operator]))
@_with_settings
def doctor(settings: Settings, operator: str) -> None:
    """Look whether an operator can be worked with; one line each, and 1 when any is BAD."""
    from flash.doctor import findings  # noqa: PLC0415 - only this command calls anybody

    services = build(settings)
    if Operator(operator) not in services.operators:
        raise click.ClickException(f"This profile has no flash.provider.{operator}.")
    with settings.reading() as read:
        address = read(f"{operator}.callback_base", str, " ").strip() or read("flash.public_url", str)
    bad = False
    for finding in findings(Operator(operator), services, address.rstrip("/")):
        click.echo(as_line(operator, finding))
        bad = bad or not finding.good
    if bad:
        sys.exit(1)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; it asks nobody for a password.")
@click.option("--port", default=8089, show_default=True, type=click.IntRange(0, 65535))
@click.option("--approval", default=5.0, show_default=True, type=click.FloatRange(min=0), help="Seconds to approval.")
@click.option("--payout", default=1.0, show_default=True, type=click.FloatRange(min=0), help="Seconds to a payout.")
def simulator(host: str, port: int, approval: float, payout: float) -> None:
    """Serve stand-ins for MTN and Airtel, with wallets and floats that move."""
    from flash.simulator.server import serve  # noqa: PLC0415 - no other command needs it
    from flash.simulator.simulator import Knobs  # noqa: PLC0415

    def told(server: Any) -> None:
        click.echo(f"Simulating MTN and Airtel on {server.url} until Ctrl-C. How to talk to it:")
        click.echo(f"  curl -s {server.url}/control/credentials")

    try:
        serve(host, port, knobs=Knobs(approval_s=approval, payout_s=payout), ready=told)
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
    except KeyboardInterrupt:
        click.echo("Stopped.")


@main.group()
def staff() -> None:
    """The people who run Flash."""


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", type=click.Choice(ROLES), default="view", show_default=True)
@_with_settings
def staff_add(settings: Settings, email: str, name: str, role: str) -> None:
    """Add a member of staff; the password is asked for, or read from standard input."""
    services = build(settings)
    password = _new_password()
    if "@" not in email or len(email) > 254:
        raise click.BadParameter("this is no email address", param_hint="EMAIL")
    member = Staff(
        id=services.chance.new_id(),
        email=email.lower(),
        full_name=clean_text(name, 100, field="name"),
        role=role,
        password_hash=services.passwords.hash(password),
        created_at=services.clock.now(),
    )
    with services.database.unit_of_work() as store:
        store.accounts.add_staff(member)
    click.echo(f"{member.email} was added with the role {role}.")


def _new_password() -> str:
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\n")
        return check_password(line, line)
    return check_password(getpass.getpass("Password: "), getpass.getpass("Again: "))


def _sandbox_only(settings: Settings) -> None:
    if not uses_only_the_sandbox(settings):
        raise click.ClickException("This profile has a real operator; only it can complete payments.")


@main.command("complete-demo")
@click.option("--daemon", is_flag=True, help="Go on until stopped, instead of one sweep.")
@click.option("--delay", type=click.FloatRange(min=0), default=30.0, show_default=True, help="Seconds to approval.")
@click.option("--success-rate", type=click.FloatRange(0, 1), default=0.9, show_default=True)
@_with_settings
def complete_demo(settings: Settings, daemon: bool, delay: float, success_rate: float) -> None:
    """Complete the sandbox's payments from outside the service; refused where a real operator is configured."""
    _sandbox_only(settings)
    services = build(settings.with_values({"sandbox.delay_s": str(delay), "sandbox.success_rate": str(success_rate)}))
    if not daemon:
        click.echo(f"{sweep_once(services.engine)} transfers were due.")
        return
    click.echo(f"Completing payments after {delay:g} s, {success_rate:.0%} with success. Ctrl-C ends it.")
    try:
        sweep_until(Event(), services.work().sweep, COMPLETER_SWEEP_S)
    except KeyboardInterrupt:
        click.echo("Stopped.")


@main.command()
@click.option("--once", is_flag=True, help="Send one payment with a delay of 3 s, then stop.")
@click.pass_obj
def demo(ini: str, once: bool) -> None:
    """Serve the demo on 127.0.0.1:6543 and send one payment through it."""
    from flash.demo import run  # noqa: PLC0415 - so is the whole web application

    with _clear_words():
        settings = load(ini)
        _sandbox_only(settings)
        migrate_database(ini)
        sys.exit(run(settings.with_values({"sandbox.delay_s": "3"}) if once else settings, once=once))
