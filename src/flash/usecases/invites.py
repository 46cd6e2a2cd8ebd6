"""Invite others: each person has five codes, and each code brings one new person."""

from collections.abc import Sequence
from dataclasses import dataclass

from flash.domain.account import Account
from flash.domain.errors import BadInput, Conflict
from flash.domain.invite import ALL_SHARED, INVITES_EACH, Invite, code_from, first_name, read_code
from flash.domain.message import Kind, a_message
from flash.domain.msisdn import Msisdn
from flash.ports.belongings import InviteRow
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store

DRAWS = 20
"""So often a code is drawn at most; that two people draw the same happens once in hundreds of millions."""

LONGEST_SENDER = 20
"""Of the first name in a message to a stranger, so that nobody can write them a letter in the name of Flash."""


@dataclass(frozen=True, slots=True)
class Programme:
    """What a person has of invites.

    Attributes:
        code: what to share next: a code that nobody has yet, or else the latest that may still be used; empty when
            there is neither.
        shared: those that somebody was given.
    """

    code: str
    shared: Sequence[InviteRow]

    @property
    def remaining(self) -> int:
        """How many may still be shared."""
        return INVITES_EACH - len(self.shared)


def programme(account: Account, *, store: Store, clock: Clock, chance: Chance) -> Programme:
    """Return the person's invites, with a fresh code if there is one left to be made."""
    fresh, rows = _with_fresh(account, store=store, clock=clock, chance=chance)
    shared = [row for row in rows if row.invite.shared_at is not None]
    good = [row.invite for row in shared if row.invite.is_good(clock.now())]
    code = fresh.code if fresh else (good[-1].code if good else "")
    return Programme(code, shared)


def next_code(account: Account, *, store: Store, clock: Clock, chance: Chance) -> str:
    """Return the code to be shared next, made if need be.

    Raises:
        Conflict: all were shared.
    """
    return _next(account, store=store, clock=clock, chance=chance).code


def share_invite(account: Account, to: Msisdn | None, *, store: Store, clock: Clock, chance: Chance) -> str:
    """Note that the next code was given to somebody, or send it to a phone ourselves, and return it.

    Raises:
        BadInput: the number is the person's own.
        Conflict: all were shared.
    """
    if to == account.msisdn:
        raise BadInput("This is your own number.", field="phone_number")
    now = clock.now()
    while not store.invites.share((invite := _next(account, store=store, clock=clock, chance=chance)).id, now, to):
        pass  # Somebody shared this one at the same moment; there are five at most.
    if to is not None:
        who = first_name(account.full_name)[:LONGEST_SENDER] or account.msisdn.e164
        text = f"{who} invites you to Flash: send money to any phone in Zambia. Your code for 30 days: {invite.code}."
        store.outbox.put(a_message(chance.new_id(), Kind.INVITE, to, text, now))
    return invite.code


def is_good(code: str, *, store: Store, clock: Clock) -> bool:
    """Whether somebody may sign up with what a person typed."""
    read = read_code(code)
    invite = store.invites.by_code(read) if read else None
    return invite is not None and invite.is_good(clock.now())


def _next(account: Account, *, store: Store, clock: Clock, chance: Chance) -> Invite:
    fresh, _ = _with_fresh(account, store=store, clock=clock, chance=chance)
    if fresh is None:
        raise Conflict(ALL_SHARED)
    return fresh


def _with_fresh(
    account: Account, *, store: Store, clock: Clock, chance: Chance
) -> tuple[Invite | None, Sequence[InviteRow]]:
    """Return the first invite that nobody has yet, made if need be, and all there were; None when all were shared."""
    for _ in range(DRAWS):
        rows = store.invites.of(account.id)
        unshared = [row.invite for row in rows if row.invite.shared_at is None]
        free = sorted(set(range(1, INVITES_EACH + 1)) - {row.invite.slot for row in rows})
        if unshared or not free:
            return (unshared[0] if unshared else None), rows
        invite = Invite(
            id=chance.new_id(),
            account_id=account.id,
            slot=free[0],
            code=code_from(chance.new_id().int),
            created_at=clock.now(),
        )
        if store.invites.add(invite):
            return invite, rows
    raise Conflict("Please try again.")
