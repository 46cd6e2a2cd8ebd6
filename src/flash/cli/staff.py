"""`flash staff`: the people who run Flash."""

import sys

import click

from flash.cli.common import asked_password, with_settings
from flash.domain.account import ROLES, Staff, check_password, clean_text, email_address
from flash.settings import Settings
from flash.wiring import build


@click.group()
def staff() -> None:
    """The people who run Flash."""


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", type=click.Choice(ROLES), default="view", show_default=True)
@with_settings
def staff_add(settings: Settings, email: str, name: str, role: str) -> None:
    """Add a member of staff; the password is asked for, or read from standard input."""
    services = build(settings)
    password = _new_password()
    member = Staff(
        id=services.chance.new_id(),
        email=email_address(email),
        full_name=clean_text(name, 100, field="name"),
        role=role,
        password_hash=services.passwords.hash(password),
        created_at=services.clock.now(),
    )
    with services.database.unit_of_work() as store:
        store.accounts.add_staff(member)
    click.echo(f"{member.email} was added with the role {role}.")


def _new_password() -> str:
    password = asked_password()
    return check_password(password, asked_password("Again: ") if sys.stdin.isatty() else password)
