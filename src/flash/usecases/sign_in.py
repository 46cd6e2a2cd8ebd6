"""Sign in, stay signed in, sign out: one revocable token per sign-in."""

from collections.abc import Sequence
from dataclasses import dataclass

from flash.domain.account import Account, Token, TokenKind, check_password, token_digest
from flash.domain.errors import BadInput, NotFound, NotSignedIn
from flash.domain.msisdn import Msisdn
from flash.ports.clock import Chance, Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store

MOST_SESSIONS = 200
"""So many sign-ins are listed at most; older ones can be ended by ending all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a person enters to sign in.

    Attributes:
        device: what the device says it is.
        kind: where the token is to be kept.
    """

    msisdn: Msisdn
    password: str
    device: str = ""
    kind: TokenKind = TokenKind.APP


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """What a person enters to change the password."""

    current: str
    new: str
    again: str


def sign_in(login: Login, *, store: Store, clock: Clock, chance: Chance, passwords: Passwords) -> tuple[Account, str]:
    """Return the account and a new token.

    Raises:
        BadInput: number or password is wrong; which of them is not told, not even by the time it takes.
    """
    account = store.accounts.by_msisdn(login.msisdn)
    stored = account.password_hash if account else None
    if not passwords.matches(stored, login.password) or account is None or not store.accounts.keeps_password(account):
        raise BadInput("Invalid phone number or password.", field="non_field_errors")
    return account, issue_token(account, login.device, login.kind, store=store, clock=clock, chance=chance)


def issue_token(account: Account, device: str, kind: TokenKind, *, store: Store, clock: Clock, chance: Chance) -> str:
    """Return a new token for the account; only its digest is stored."""
    now, token = clock.now(), chance.token()
    store.accounts.add_token(
        Token(
            digest=token_digest(token),
            account_id=account.id,
            created_at=now,
            expires_at=now + kind.life,
            device=device,
            kind=kind,
        )
    )
    return token


def sign_out(token: str, *, store: Store, clock: Clock) -> None:
    """Revoke this token; the person's other sign-ins stay."""
    store.accounts.revoke_token(token_digest(token), clock.now())


def who_is(token: str, *, store: Store, clock: Clock, stays: bool = False) -> Account:
    """Return the account that holds the token, which is not deleted meanwhile if it *stays*.

    Raises:
        NotSignedIn: the token is unknown, expired or revoked, or belongs into a cookie.
    """
    account = store.accounts.by_token(token_digest(token), clock.now(), stays=stays)
    if account is None:
        raise NotSignedIn
    return account


def sessions(account: Account, *, store: Store, clock: Clock) -> Sequence[Token]:
    """Return where the person is signed in, the newest first."""
    return store.accounts.tokens(account.id, clock.now(), limit=MOST_SESSIONS)


def end_session(session_id: str, account: Account, *, store: Store, clock: Clock) -> None:
    """End one sign-in of the person, also the one that asks.

    Raises:
        NotFound: there is no such one, or it is somebody else's.
    """
    for token in sessions(account, store=store, clock=clock):
        if token.session_id == session_id:
            store.accounts.revoke_token(token.digest, clock.now())
            return
    raise NotFound


def end_other_sessions(token: str, account: Account, *, store: Store, clock: Clock) -> None:
    """End all sign-ins of the person but this one."""
    store.accounts.revoke_all_tokens(account.id, clock.now(), but=token_digest(token))


def change_password(
    wish: NewPassword, token: str, account: Account, *, store: Store, clock: Clock, passwords: Passwords
) -> None:
    """Replace the password, and end all other sign-ins.

    Raises:
        BadInput: the current password is wrong, or the new one cannot be used.
    """
    new = check_password(wish.new, wish.again)
    if not passwords.matches(account.password_hash, wish.current) or not store.accounts.keeps_password(account):
        raise BadInput("Your current password is wrong.", field="current_password")
    store.accounts.set_password(account.id, passwords.hash(new))
    end_other_sessions(token, account, store=store, clock=clock)
