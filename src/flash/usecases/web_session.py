"""The sign-in of a browser: whoever leaves it lying locks it, and takes it up again with the PIN or the password."""

from flash.domain.account import WebSession, token_digest
from flash.domain.errors import BadInput, NotSignedIn
from flash.ports.clock import Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store
from flash.usecases.pin import PinDesk, prove_pin


def session_of(token: str, *, store: Store, clock: Clock, stays: bool = False) -> WebSession:
    """Return the sign-in with this token, locked or not; whose it is is not deleted meanwhile if they *stay*.

    Raises:
        NotSignedIn: the token is unknown, expired or revoked, or is no browser's.
    """
    session = store.accounts.web_session(token_digest(token), clock.now(), stays=stays)
    if session is None:
        raise NotSignedIn
    return session


def lock(session: WebSession, *, store: Store, clock: Clock) -> None:
    """Let nothing be done in this browser until it is unlocked; other sign-ins stay as they are."""
    store.accounts.lock_token(session.token.digest, clock.now())


def unlock_by_pin(session: WebSession, pin: str, *, desk: PinDesk) -> None:
    """Unlock it, if this is the PIN.

    Raises:
        BadInput: it is wrong, or the person has none.
        TooSoon: it was wrong too often.
    """
    prove_pin(session.account, pin, desk=desk)
    with desk.unit_of_work() as store:
        store.accounts.lock_token(session.token.digest, None)


def unlock_by_password(session: WebSession, password: str, *, store: Store, passwords: Passwords) -> None:
    """Unlock it, if this is the password.

    Raises:
        BadInput: it is wrong.
    """
    if not passwords.matches(session.account.password_hash, password):
        raise BadInput("This password is wrong.", field="password")
    store.accounts.lock_token(session.token.digest, None)
