"""`flash webhook`: where events go, their secrets, what waits for whom, and sending events again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from uuid import UUID

import click

from flash.cli.common import asked_password, with_settings
from flash.domain.limits import LUSAKA
from flash.domain.webhook import Endpoint, endpoint_secret
from flash.ports.webhooks import Attempt, Standing, Wanted
from flash.settings import Settings
from flash.usecases.desk import Desk
from flash.usecases.review import who_decides
from flash.usecases.webhooks import NewEndpoint, add_endpoint, disable, enable, replay, rotate_secret
from flash.wiring import Services, build

BY = click.option("--by", "email", required=True, metavar="EMAIL", help="Who you are; your password is asked.")
MOMENT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def webhook() -> None:
    """Where partners' systems hear of events."""


@webhook.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--partner", help="Hear of payments of this partner's links.")
@click.option("--all", "all_payments", is_flag=True, help="Hear of all payments: for systems of our own.")
@BY
@with_settings
def webhook_add(settings: Settings, name: str, url: str, partner: str | None, all_payments: bool, email: str) -> None:
    """Make an endpoint, and show the secret that signs its events."""
    if bool(partner) == all_payments:
        raise click.UsageError("Say whose payments it may hear of: --partner NAME, or --all.")
    services = build(settings)
    with _desks(services, email)() as desk:
        endpoint = add_endpoint(NewEndpoint(name, url, partner or ""), desk)
    _show_secret(endpoint, services)


@webhook.command("rotate")
@click.argument("name")
@BY
@with_settings
def webhook_rotate(settings: Settings, name: str, email: str) -> None:
    """Give an endpoint a new secret and show it; the one of before signs too for a day."""
    services = build(settings)
    with _desks(services, email)() as desk:
        endpoint = rotate_secret(name, desk)
    _show_secret(endpoint, services)


@webhook.command("disable")
@click.argument("name")
@BY
@with_settings
def webhook_disable(settings: Settings, name: str, email: str) -> None:
    """Send nothing more to an endpoint; what happens meanwhile waits for it."""
    with _desks(build(settings), email)() as desk:
        disable(name, desk)
    click.echo(f"{name} hears nothing until it is enabled.")


@webhook.command("enable")
@click.argument("name")
@BY
@with_settings
def webhook_enable(settings: Settings, name: str, email: str) -> None:
    """Let an endpoint go on, with all that waits for it."""
    with _desks(build(settings), email)() as desk:
        enable(name, desk)
    click.echo(f"{name} hears events again.")


@webhook.command("replay")
@click.argument("name")
@click.option("--event", "event_id", type=click.UUID, help="This event.")
@click.option("--transfer", "transfer", help="All events of this payment, by its id or number.")
@click.option("--since", type=MOMENT, help="All events from this time on, Zambian time.")
@click.option("--until", type=MOMENT, help="Only those before this time.")
@BY
@with_settings
def webhook_replay(  # noqa: PLR0913, PLR0917 - each is an option that somebody types
    settings: Settings,
    name: str,
    event_id: UUID | None,
    transfer: str | None,
    since: datetime | None,
    until: datetime | None,
    email: str,
) -> None:
    """Send events to an endpoint again, whether it has them or not."""
    services = build(settings)
    transfer_id = None
    if transfer:
        with services.database.snapshot() as store:
            transfer_id = store.transfers.file(transfer).dossier.transfer.id
    wanted = Wanted(event_id=event_id, transfer_id=transfer_id, since=_zambian(since), until=_zambian(until))
    count = replay(name, wanted, _desks(services, email))
    click.echo(f"{count} events are on their way to {name}.")


@webhook.command("list")
@with_settings
def webhook_list(settings: Settings) -> None:
    """List endpoints, and what waits for each."""
    with build(settings).database.snapshot() as store:
        for standing in store.webhooks.standings():
            click.echo(_standing_line(standing))


@webhook.command("log")
@click.argument("name")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@with_settings
def webhook_log(settings: Settings, name: str, limit: int) -> None:
    """List the latest calls to an endpoint, the last one first."""
    with build(settings).database.snapshot() as store:
        for attempt in store.webhooks.attempts(store.webhooks.by_name(name).id, limit=limit):
            click.echo(_attempt_line(attempt))


def _desks(services: Services, email: str) -> Callable[[], AbstractContextManager[Desk]]:
    """Return what opens a unit of work for the member of staff who asks, after their password."""
    member = who_decides(
        email, asked_password(), unit_of_work=services.database.unit_of_work, passwords=services.passwords
    )

    @contextmanager
    def at_desk() -> Iterator[Desk]:
        with services.database.unit_of_work() as store:
            yield Desk(member, store, services.clock, services.chance)

    return at_desk


def _show_secret(endpoint: Endpoint, services: Services) -> None:
    click.echo(f"Events for {endpoint.name} go to {endpoint.url}, signed with:")
    click.echo(endpoint_secret(services.webhook_key, endpoint.id, endpoint.secret_version))


def _zambian(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=LUSAKA) if moment else None


def _standing_line(standing: Standing) -> str:
    endpoint = standing.endpoint
    state = f"DISABLED: {endpoint.disabled_why}" if endpoint.disabled_why else "active"
    oldest = f", the oldest from {standing.oldest_at:%Y-%m-%d %H:%M:%S}" if standing.oldest_at else ""
    failing = f", {endpoint.failures} failures in a row" if endpoint.failures else ""
    return f"{endpoint.name}  {endpoint.url}  {state}  {standing.waiting} waiting{oldest}{failing}"


def _attempt_line(attempt: Attempt) -> str:
    sent = attempt.sent
    took = round(sent.took.total_seconds() * 1000)
    return f"{attempt.at:%Y-%m-%d %H:%M:%S}  {attempt.event_id}  {sent.status or sent.word}  {took} ms"
