"""Prove that a phone is yours, then register with it; for who is known already, that is a new password."""

import hmac
from dataclasses import dataclass, replace

from flash.domain.account import (
    CODE_LIFE,
    LONGEST_NAME,
    PROOF_LIFE,
    RESEND_AFTER,
    Account,
    PhoneCode,
    TokenKind,
    check_password,
    clean_text,
    freed_digest,
    keyed_digest,
)
from flash.domain.errors import BadInput, TooSoon, WrongCode
from flash.domain.invite import INVITE_LIFE, read_code
from flash.domain.message import CODE_MARK, Kind, a_message, one_time_code
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.ports.clock import Chance, Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store, UnitOfWork
from flash.usecases.sign_in import issue_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a person enters to register.

    Attributes:
        origin: where the request came from; it must be where the code was asked for and came back from.
        device: what the device says it is.
        kind: where the token is to be kept.
    """

    msisdn: Msisdn
    password: str
    password_again: str
    full_name: str
    origin: str
    device: str = ""
    kind: TokenKind = TokenKind.APP


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a person enters to prove a phone.

    Attributes:
        origin: where the request came from; only a code that was asked for from there can be right.
        invite_code: what else they entered; whatever it is, it never stands in the way.
    """

    msisdn: Msisdn
    code: str
    origin: str
    invite_code: str = ""


def send_code(msisdn: Msisdn, origin: str, *, store: Store, clock: Clock, chance: Chance, key: bytes) -> str:
    """Send a code to a phone. Says nothing of whether the number has an account.

    Each place that asks has a code of its own, so nobody can use up the tries of somebody elsewhere, or use their code.

    Returns:
        The code itself, to be shown only where no phone receives it.

    Raises:
        TooSoon: one was sent less than 30 s ago.
    """
    now, message_id = clock.now(), chance.new_id()
    code = one_time_code(key, message_id)
    sent = PhoneCode(
        msisdn=msisdn,
        asked_from=_place(key, msisdn, origin),
        digest=keyed_digest(key, "code", msisdn.e164, code),
        sent_at=now,
        expires_at=now + CODE_LIFE,
    )
    if not store.phone_codes.put(sent, unless_sent_after=now - RESEND_AFTER):
        raise TooSoon("We have just sent you a code. Please wait a moment.", wait=RESEND_AFTER, field="phone_number")
    minutes = CODE_LIFE.seconds // 60
    text = f"{CODE_MARK} is your Flash code. It is valid for {minutes} minutes. Never tell it to anybody."
    store.outbox.put(a_message(message_id, Kind.CODE, msisdn, text, now))
    return code


def prove_phone(guess: Guess, *, unit_of_work: UnitOfWork, clock: Clock, key: bytes) -> None:
    """Accept the code that was sent to a phone.

    It has its own unit of work, because a wrong guess must stay counted although it is refused.

    Raises:
        WrongCode: the code is wrong, expired, used, out of tries or was asked for elsewhere.
    """
    now, msisdn = clock.now(), guess.msisdn
    with unit_of_work() as store:
        sent = store.phone_codes.take_try(msisdn, _place(key, msisdn, guess.origin), now)
        right = (
            sent is not None
            and hmac.compare_digest(sent.digest, keyed_digest(key, "code", msisdn.e164, guess.code))
            and store.phone_codes.prove(sent, now, read_code(guess.invite_code))
        )
    if not right:
        raise WrongCode(guessed=sent is not None)


def register(
    wish: Registration, *, store: Store, clock: Clock, chance: Chance, passwords: Passwords, key: bytes
) -> tuple[Account, str]:
    """Make an account for a phone proved moments ago.

    For who has one this is the way back in: a new password, and neither a sign-in nor the PIN of before is worth
    anything any more.

    Returns:
        The account and a token for it.

    Raises:
        BadInput: the password or the name cannot be used, or the phone was not proved within the last two minutes.
    """
    password = check_password(wish.password, wish.password_again)
    full_name = clean_text(wish.full_name, LONGEST_NAME, field="full_name")
    now, place = clock.now(), _place(key, wish.msisdn, wish.origin)
    proof = store.phone_codes.use_proof(wish.msisdn, place, now, proved_after=now - PROOF_LIFE)
    if proof is None:
        raise BadInput("Please confirm your phone number with a new code first.", field="phone_number")
    password_hash = passwords.hash(password)
    account = store.accounts.by_msisdn(wish.msisdn)
    if account is None:
        freed = store.accounts.freed(freed_digest(key, wish.msisdn))
        account = Account(
            id=chance.new_id(),
            msisdn=wish.msisdn,
            full_name=full_name,
            password_hash=password_hash,
            created_at=now,
            history_from=freed.at if freed else None,
        )
        store.accounts.add(account)
        if freed and freed.day and freed.used > Money(0):
            store.day_limits.carry(account.id, freed.day, freed.used)
        if proof.invite_code:
            store.invites.join(proof.invite_code, account.id, now, shared_after=now - INVITE_LIFE)
    else:
        account = replace(account, password_hash=password_hash)
        store.accounts.set_password(account.id, password_hash)
        store.accounts.revoke_all_tokens(account.id, now)
        store.pins.remove(account.id)
        store.batches.stop(account.id, now)  # Whoever knew the password of before may have made them.
    return account, issue_token(account, wish.device, wish.kind, store=store, clock=clock, chance=chance)


def _place(key: bytes, msisdn: Msisdn, origin: str) -> str:
    """Return where a code is asked for, so that the database does not tell it."""
    return keyed_digest(key, "asked from", msisdn.e164, origin)
