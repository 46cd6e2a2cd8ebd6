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
    check_password,
    clean_text,
    keyed_digest,
)
from flash.domain.errors import BadInput, TooSoon, WrongCode
from flash.domain.message import CODE_MARK, Kind, a_message, one_time_code
from flash.domain.msisdn import Msisdn
from flash.ports.clock import Chance, Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store, UnitOfWork
from flash.usecases.sign_in import issue_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a person enters to register.

    Attributes:
        origin: where the request came from; it must be where the code came back from.
    """

    msisdn: Msisdn
    password: str
    password_again: str
    full_name: str
    origin: str


def send_code(msisdn: Msisdn, *, store: Store, clock: Clock, chance: Chance, key: bytes) -> str:
    """Send a code to a phone. Says nothing of whether the number has an account.

    Returns:
        The code itself, to be shown only where no phone receives it.

    Raises:
        TooSoon: one was sent less than 30 s ago.
    """
    now, message_id = clock.now(), chance.new_id()
    code = one_time_code(key, message_id)
    sent = PhoneCode(
        msisdn=msisdn,
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


def prove_phone(msisdn: Msisdn, code: str, origin: str, *, unit_of_work: UnitOfWork, clock: Clock, key: bytes) -> None:
    """Accept the code that was sent to a phone.

    It has its own unit of work, because a wrong guess must stay counted although it is refused.

    Raises:
        WrongCode: the code is wrong, expired, used or out of tries.
    """
    now = clock.now()
    with unit_of_work() as store:
        sent = store.phone_codes.take_try(msisdn, now)
        right = (
            sent is not None
            and hmac.compare_digest(sent.digest, keyed_digest(key, "code", msisdn.e164, code))
            and store.phone_codes.prove(sent, now, _bound_to(key, msisdn, origin))
        )
    if not right:
        raise WrongCode(guessed=sent is not None)


def register(
    wish: Registration, *, store: Store, clock: Clock, chance: Chance, passwords: Passwords, key: bytes
) -> tuple[Account, str]:
    """Make an account for a phone proved moments ago, or give its account a new password and end its sign-ins.

    Returns:
        The account and a token for it.

    Raises:
        BadInput: the password or the name cannot be used, or the phone was not proved within the last two minutes.
    """
    password = check_password(wish.password, wish.password_again)
    full_name = clean_text(wish.full_name, LONGEST_NAME, field="full_name")
    now = clock.now()
    bound_to = _bound_to(key, wish.msisdn, wish.origin)
    if not store.phone_codes.use_proof(wish.msisdn, proved_after=now - PROOF_LIFE, bound_to=bound_to):
        raise BadInput("Please confirm your phone number with a new code first.", field="phone_number")
    password_hash = passwords.hash(password)
    account = store.accounts.by_msisdn(wish.msisdn)
    if account is None:
        account = Account(
            id=chance.new_id(),
            msisdn=wish.msisdn,
            full_name=full_name,
            password_hash=password_hash,
            created_at=now,
        )
        store.accounts.add(account)
    else:
        account = replace(account, password_hash=password_hash)
        store.accounts.set_password(account.id, password_hash)
        store.accounts.revoke_all_tokens(account.id, now)
    return account, issue_token(account, store=store, clock=clock, chance=chance)


def _bound_to(key: bytes, msisdn: Msisdn, origin: str) -> str:
    return keyed_digest(key, "proof", msisdn.e164, origin)
