"""`flash partner`: who is paid through Flash by links, and the keys of their programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click

from flash.cli.common import asked_password, with_settings
from flash.domain.msisdn import parse_msisdn
from flash.domain.partner import PartnerKey, Scope
from flash.settings import Settings
from flash.usecases.desk import Desk
from flash.usecases.partners import add_partner, issue_key, revoke_key
from flash.usecases.review import who_decides
from flash.wiring import build

BY = click.option("--by", "email", required=True, metavar="EMAIL", help="Who you are; your password is asked.")


@click.group()
def partner() -> None:
    """Partners, who are paid through Flash by links, and their keys."""


@partner.command("add")
@click.argument("name")
@click.option("--account", "number", required=True, metavar="NUMBER", help="Whose wallet is paid; it has an account.")
@BY
@with_settings
def partner_add(settings: Settings, name: str, number: str, email: str) -> None:
    """Let a partner in, under the name that payers read."""
    with _desk(settings, email) as desk:
        made = add_partner(name, parse_msisdn(number), desk)
    click.echo(f"{made.name} is a partner.")


@partner.command("key")
@click.argument("name")
@click.option("--label", required=True, help="What the key is for, like the till it is in.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    default=[scope.value for scope in Scope],
    show_default=True,
    help="What it may do; as often as needed.",
)
@BY
@with_settings
def partner_key(settings: Settings, name: str, label: str, scopes: tuple[str, ...], email: str) -> None:
    """Make a key and show it, this once."""
    with _desk(settings, email) as desk:
        key, text = issue_key(name, label, [Scope(scope) for scope in scopes], desk)
    click.echo(f"Key {key.id} ({key.label}). It is shown this once:")
    click.echo(text)


@partner.command("revoke")
@click.argument("key_id", metavar="KEY", type=click.UUID)
@BY
@with_settings
def partner_revoke(settings: Settings, key_id: UUID, email: str) -> None:
    """End a key at once; its id is in `flash partner list`."""
    with _desk(settings, email) as desk:
        revoke_key(key_id, desk)
    click.echo("The key is revoked.")


@partner.command("list")
@with_settings
def partner_list(settings: Settings) -> None:
    """List partners and their keys."""
    with build(settings).database.snapshot() as store:
        for one in store.partners.list():
            click.echo(f"{one.name}  since {one.created_at:%Y-%m-%d}")
            for key in store.partners.keys(one.id):
                click.echo(_key_line(key))


def _key_line(key: PartnerKey) -> str:
    standing = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "good"
    return f"  {key.id}  {key.label}  {' '.join(sorted(key.scopes))}  {standing}"


@contextmanager
def _desk(settings: Settings, email: str) -> Iterator[Desk]:
    """Open a unit of work for the member of staff who asks, after their password."""
    services = build(settings)
    member = who_decides(
        email, asked_password(), unit_of_work=services.database.unit_of_work, passwords=services.passwords
    )
    with services.database.unit_of_work() as store:
        yield Desk(member, store, services.clock, services.chance)
