"""The commands, each a few lines over a use case."""

import logging
import sys
from contextlib import suppress
from threading import Event
from typing import Any

import click
import plaster

from flash.cli.audit import audit, chain
from flash.cli.backup import backup, restore
from flash.cli.bulk import bulk
from flash.cli.common import clear_words, with_settings
from flash.cli.doctor import doctor
from flash.cli.keys import keys
from flash.cli.migrations import migrate_database
from flash.cli.partner import partner
from flash.cli.receipt import receipt
from flash.cli.reconcile import close_day, reconcile
from flash.cli.report import report
from flash.cli.review import review
from flash.cli.show import told
from flash.cli.simulate import simulate
from flash.cli.staff import lock, staff, tier
from flash.cli.statement import statement
from flash.cli.webhook import webhook
from flash.settings import Settings, load
from flash.usecases.sweep import sweep as sweep_once
from flash.usecases.sweep import sweep_until
from flash.wiring import build, uses_only_the_sandbox

COMPLETER_SWEEP_S = 1.0


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
    log_as(ini)
    context.obj = ini


def log_as(ini: str) -> None:
    """Log as the profile says, as `pserve` does; one that cannot be read says nothing, and its command tells why."""
    if not logging.getLogger().handlers:  # Whoever runs a command in their own process has said already how to log.
        with suppress(plaster.PlasterError, OSError):
            plaster.setup_logging(ini)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@main.command()
@click.pass_obj
def migrate(ini: str) -> None:
    """Bring the database's tables up to date."""
    with clear_words():
        migrate_database(ini)
    click.echo("The database is up to date.")


@main.command()
@with_settings
def worker(settings: Settings) -> None:
    """Take wake-ups from Redis and sweep the database; run as many as you like."""
    from flash.worker import run  # noqa: PLC0415 - RQ is loaded by the only command that needs it

    run(settings)


@main.command()
@with_settings
def sweep(settings: Settings) -> None:
    """Advance everything that is due, once."""
    click.echo(f"{sweep_once(build(settings).engine)} transfers were due.")


@main.command()
@click.argument("name", metavar="ID_OR_NUMBER")
@with_settings
def show(settings: Settings, name: str) -> None:
    """Show everything about one transfer: where the money is, its story, legs, evidence and journal."""
    services = build(settings)
    with services.database.snapshot() as store:
        for line in told(store.transfers.file(name), services.clock.now(), services.patience):
            click.echo(line)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; it asks nobody for a password.")
@click.option("--port", default=8089, show_default=True, type=click.IntRange(0, 65535))
@click.option("--approval", default=5.0, show_default=True, type=click.FloatRange(min=0), help="Seconds to approval.")
@click.option("--payout", default=1.0, show_default=True, type=click.FloatRange(min=0), help="Seconds to a payout.")
def simulator(host: str, port: int, approval: float, payout: float) -> None:
    """Serve stand-ins for MTN and Airtel, with wallets and floats that move."""
    from flash.simulator.server import serve  # noqa: PLC0415 - no other command needs it
    from flash.simulator.simulator import Knobs  # noqa: PLC0415

    def ready(server: Any) -> None:
        click.echo(f"Simulating MTN and Airtel on {server.url} until Ctrl-C. How to talk to it:")
        click.echo(f"  curl -s {server.url}/control/credentials")

    try:
        serve(host, port, knobs=Knobs(approval_s=approval, payout_s=payout), ready=ready)
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
    except KeyboardInterrupt:
        click.echo("Stopped.")


main.add_command(doctor)
main.add_command(staff)
main.add_command(tier)
main.add_command(lock)
main.add_command(bulk)
main.add_command(partner)
main.add_command(webhook)
main.add_command(review)
main.add_command(audit)
main.add_command(receipt)
main.add_command(keys)
main.add_command(chain)
main.add_command(backup)
main.add_command(restore)
main.add_command(reconcile)
main.add_command(close_day)
main.add_command(report)
main.add_command(statement)
main.add_command(simulate)


def _sandbox_only(settings: Settings) -> None:
    if not uses_only_the_sandbox(settings):
        raise click.ClickException("This profile has a real operator; only it can complete payments.")


@main.command("complete-demo")
@click.option("--daemon", is_flag=True, help="Go on until stopped, instead of one sweep.")
@click.option("--delay", type=click.FloatRange(min=0), default=30.0, show_default=True, help="Seconds to approval.")
@click.option("--success-rate", type=click.FloatRange(0, 1), default=0.9, show_default=True)
@with_settings
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

    with clear_words():
        settings = load(ini)
        _sandbox_only(settings)
        migrate_database(ini)
        sys.exit(run(settings.with_values({"sandbox.delay_s": "3"}) if once else settings, once=once))
