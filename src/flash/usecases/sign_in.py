"""Sign in, stay signed in, sign out: one revocable token per sign-in."""

from flash.domain.account import TOKEN_LIFE, Account, Token, token_digest
from flash.domain.errors import BadInput, NotSignedIn
from flash.domain.msisdn import Msisdn
from flash.ports.clock import Chance, Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store


def sign_in(
    msisdn: Msisdn, password: str, *, store: Store, clock: Clock, chance: Chance, passwords: Passwords
) -> tuple[Account, str]:
    """Return the account and a new token.

    Raises:
        BadInput: number or password is wrong; which of them is not told, not even by the time it takes.
    """
    account = store.accounts.by_msisdn(msisdn)
    stored = account.password_hash if account else None
    if not passwords.matches(stored, password) or account is None:
        raise BadInput("Invalid phone number or password.", field="non_field_errors")
    return account, issue_token(account, store=store, clock=clock, chance=chance)


def issue_token(account: Account, *, store: Store, clock: Clock, chance: Chance) -> str:
    """Return a new token for the account; only its digest is stored."""
    now, token = clock.now(), chance.token()
    store.accounts.add_token(
        Token(digest=token_digest(token), account_id=account.id, created_at=now, expires_at=now + TOKEN_LIFE)
    )
    return token


def sign_out(token: str, *, store: Store, clock: Clock) -> None:
    """Revoke this token; the person's other sign-ins stay."""
    store.accounts.revoke_token(token_digest(token), clock.now())


def who_is(token: str, *, store: Store, clock: Clock) -> Account:
    """Return the account that holds the token.

    Raises:
        NotSignedIn: the token is unknown, expired or revoked.
    """
    account = store.accounts.by_token(token_digest(token), clock.now())
    if account is None:
        raise NotSignedIn
    return account
