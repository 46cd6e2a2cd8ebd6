"""Set a PIN, change it, and confirm with it what is large."""

from dataclasses import dataclass

from flash.domain.account import Account
from flash.domain.errors import BadInput, Conflict
from flash.domain.money import Money
from flash.domain.pin import Pin, PinRequired, PinRules, check_new_pin, too_many_tries, wrong_pin
from flash.ports.clock import Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store, UnitOfWork

NO_PIN = "You have no PIN. Please enter your password."
CHANGED_MEANWHILE = "Your PIN was changed at the same moment. Please try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class PinDesk:
    """What looking after PINs needs.

    It opens units of work of its own: a wrong guess must stay counted although it is refused, and no transaction is
    open while a hash is made, which is slow on purpose.
    """

    unit_of_work: UnitOfWork
    clock: Clock
    passwords: Passwords
    rules: PinRules


def change_pin(current: str, new: str, account: Account, *, desk: PinDesk) -> None:
    """Replace the person's PIN. Whoever has none sets the first one, whatever they enter as the current one.

    Raises:
        BadInput: the new PIN cannot be one, or the current one is wrong.
        TooSoon: it was wrong too often.
        Conflict: the PIN was changed at the same moment.
    """
    check_new_pin(new)
    with desk.unit_of_work() as store:
        known = store.pins.get(account.id)
    if known is not None:
        known = _prove(account, current, desk, field="current_pin")
    _put(_made(account, new, desk), known, desk)


def confirm(account: Account, amount: Money, pin: str | None, *, desk: PinDesk) -> None:
    """Let a payment pass that is small enough, of a person without a PIN, or confirmed with the PIN.

    Raises:
        PinRequired: it needs the PIN, and none came along.
        BadInput: the PIN is wrong.
        TooSoon: it was wrong too often.
    """
    if desk.rules.above is None or amount <= desk.rules.above:
        return
    with desk.unit_of_work() as store:
        known = store.pins.get(account.id)
    if known is None:
        return
    if not pin:
        raise PinRequired(field="pin")
    _prove(account, pin, desk, field="pin")


def has_pin(account: Account, *, store: Store) -> bool:
    """Whether the person has one."""
    return store.pins.get(account.id) is not None


def prove_pin(account: Account, pin: str, *, desk: PinDesk) -> None:
    """See that this is the person's PIN.

    Raises:
        BadInput: it is wrong, or they have none.
        TooSoon: it was wrong too often.
    """
    with desk.unit_of_work() as store:
        if not has_pin(account, store=store):
            raise BadInput(NO_PIN, field="pin")
    _prove(account, pin, desk, field="pin")


def _prove(account: Account, pin: str, desk: PinDesk, *, field: str) -> Pin:
    """Count a try, and forget what was counted if it is right; made with an old key, it is hashed anew.

    Returns:
        The PIN as it is stored now.
    """
    now = desk.clock.now()
    with desk.unit_of_work() as store:
        tried = store.pins.take_try(account.id, now)
        known = tried or store.pins.get(account.id)
    if known is None:
        raise Conflict(CHANGED_MEANWHILE)
    if tried is None:
        raise too_many_tries(known.locked_until or now, now)
    if not _is_right(tried, pin, desk):
        raise wrong_pin(tried.tries, field=field)
    with desk.unit_of_work() as store:
        store.pins.forget_tries(account.id)
    if tried.key_version != desk.rules.newest:
        _put(renewed := _made(account, pin, desk), tried, desk)
        return renewed
    return tried


def _is_right(known: Pin, pin: str, desk: PinDesk) -> bool:
    return known.key_version in desk.rules.keys and desk.passwords.matches(
        known.hash, desk.rules.digest(known.key_version, known.account_id, pin)
    )


def _made(account: Account, pin: str, desk: PinDesk) -> Pin:
    version = desk.rules.newest
    return Pin(
        account_id=account.id,
        hash=desk.passwords.hash(desk.rules.digest(version, account.id, pin)),
        key_version=version,
        changed_at=desk.clock.now(),
    )


def _put(pin: Pin, known: Pin | None, desk: PinDesk) -> None:
    with desk.unit_of_work() as store:
        if not store.pins.put(pin, instead_of=known.hash if known else None):
            raise Conflict(CHANGED_MEANWHILE)
