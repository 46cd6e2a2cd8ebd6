"""`flash staff`, `flash tier`, `flash lock`: the people who run Flash, and what they do to the accounts of others."""

import sys
from collections.abc import Mapping
from uuid import UUID

import click

from flash.cli.common import asked_password, with_settings
from flash.domain.account import ROLES, Staff, check_password, clean_text, email_address
from flash.domain.msisdn import parse_msisdn
from flash.domain.staff_action import StaffAction
from flash.settings import Settings
from flash.usecases.review import who_decides
from flash.usecases.staff import TierWish, add_staff, change_tier, set_lock
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
        add_staff(member, store=store)
    click.echo(f"{member.email} was added with the role {role}.")


def _new_password() -> str:
    password = asked_password()
    return check_password(password, asked_password("Again: ") if sys.stdin.isatty() else password)


@staff.command("log")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@click.option("--before", type=click.IntRange(1), help="Only what came before this number: the next page.")
@with_settings
def staff_log(settings: Settings, limit: int, before: int | None) -> None:
    """List what members of staff did, the latest first."""
    emails: dict[UUID, str] = {}
    with build(settings).database.snapshot() as store:
        actions = store.staff_actions.log(before=before, limit=limit)
        for staff_id in {action.staff_id for action in actions} - {None}:
            emails[staff_id] = store.accounts.staff_member(staff_id).email  # type: ignore[index, arg-type]
    for action in actions:
        click.echo(_log_line(action, emails))


def _log_line(action: StaffAction, emails: Mapping[UUID, str]) -> str:
    who = emails[action.staff_id] if action.staff_id else "shell"
    change = f"{action.before} -> {action.after}" if action.before else action.after
    why = f"  because: {action.reason}" if action.reason else ""
    at = f"{action.at:%Y-%m-%d %H:%M:%S}"
    return f"{action.number:6}  {at}  {who}  {action.action}  {action.subject}  {change}{why}"


@click.command()
@click.argument("number")
@click.argument("tier", metavar="TIER", type=int)
@click.option("--reason", required=True, help="Why, for the log.")
@click.option("--by", "email", required=True, metavar="EMAIL", help="Who you are; your password is asked.")
@with_settings
def tier(settings: Settings, number: str, tier: int, reason: str, email: str) -> None:
    """Put a person into another tier, which is what their day's limit depends on."""
    services = build(settings)
    member = who_decides(
        email, asked_password(), unit_of_work=services.database.unit_of_work, passwords=services.passwords
    )
    wish = TierWish(parse_msisdn(number), tier, reason)
    with services.database.unit_of_work() as store:
        before = change_tier(wish, member, store=store, clock=services.clock)
    click.echo(f"{before.msisdn.masked} was in tier {before.tier} and is in tier {tier}.")


@click.command()
@click.argument("number")
@click.option("--off", "unlock", is_flag=True, help="Unlock it again.")
@click.option("--reason", required=True, help="Why, for the log.")
@click.option("--by", "email", required=True, metavar="EMAIL", help="Who you are; your password is asked.")
@with_settings
def lock(settings: Settings, number: str, unlock: bool, reason: str, email: str) -> None:
    """Let no money be moved or asked for in a person's name; payments under way go on."""
    services = build(settings)
    member = who_decides(
        email, asked_password(), unit_of_work=services.database.unit_of_work, passwords=services.passwords
    )
    with services.database.unit_of_work() as store:
        account = set_lock(parse_msisdn(number), not unlock, reason, member, store=store, clock=services.clock)
    click.echo(f"{account.msisdn.masked} is {'unlocked' if unlock else 'locked'}.")
