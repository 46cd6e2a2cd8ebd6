"""People: who has an account, how a phone is proved, and what a token is worth."""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from flash.domain.errors import AccountLocked, BadInput, SessionLocked
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.text import Language

CODE_DIGITS = 6
CODE_TRIES = 5
CODE_LIFE = timedelta(minutes=5)
RESEND_AFTER = timedelta(seconds=30)
"""Below the 60 s after which the app asks again: a refusal then would lock its screen (mobile_rest.md 2.4)."""
PROOF_LIFE = timedelta(minutes=2)
"""For so long a proved phone may be used to register, once (mobile_rest.md 2.6)."""
TOKEN_LIFE = timedelta(days=90)
WEB_TOKEN_LIFE = timedelta(days=30)
"""Shorter, because a browser may be anybody's."""
LEAST_PASSWORD, LONGEST_PASSWORD = 6, 256
LONGEST_NAME = 100
LONGEST_EMAIL = 254
LONGEST_DEVICE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who uses Flash, known by their phone number.

    Attributes:
        tier: how well we know the person; decides the day's limit.
        password_hash: argon2id, in the PHC string format.
        history_from: what the number received before was somebody else's, who left; None when nobody did.
        language: what they want to be spoken to in; None while they have not said, and their phone decides.
        locked_at: since when staff let no money be moved or asked for in their name; None while it may be.
    """

    id: UUID
    msisdn: Msisdn
    full_name: str
    password_hash: str
    created_at: datetime
    email: str = ""
    tier: int = 1
    history_from: datetime | None = None
    language: Language | None = None
    locked_at: datetime | None = None

    def check_unlocked(self) -> None:
        """See that money may be moved or asked for in this person's name.

        Raises:
            AccountLocked: staff let none.
        """
        if self.locked_at is not None:
            raise AccountLocked


class TokenKind(StrEnum):
    """Where a token is kept, and so how it comes along. What comes the other way is worth nothing."""

    APP = "app"
    """By a program, which sends it in a header."""
    WEB = "web"
    """By a browser, which sends it in a cookie; no page gets to see it."""

    @property
    def life(self) -> timedelta:
        """For how long a sign-in is good at most."""
        return WEB_TOKEN_LIFE if self is TokenKind.WEB else TOKEN_LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One sign-in on one device. Only its digest is stored.

    Attributes:
        device: what the device said it is.
        locked_at: since when its owner wants the PIN or the password asked for first; only in a browser.
    """

    digest: str
    account_id: UUID
    created_at: datetime
    expires_at: datetime
    device: str = ""
    kind: TokenKind = TokenKind.APP
    locked_at: datetime | None = None

    @property
    def session_id(self) -> str:
        """The name of this sign-in for its owner. Nobody can get back from it to the digest, let alone the token."""
        return session_id(self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """A sign-in in a browser, and whose it is."""

    account: Account
    token: Token

    @property
    def locked(self) -> bool:
        """Whether the PIN or the password comes first."""
        return self.token.locked_at is not None

    def check_unlocked(self) -> None:
        """See that the browser may be used.

        Raises:
            SessionLocked: it is locked.
        """
        if self.locked:
            raise SessionLocked


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCode:
    """A code on its way to a phone, and later the proof that it arrived there.

    Attributes:
        asked_from: keyed hash of where it was asked for. Only from there it can come back and its proof be used, and
            each such place has a code of its own: nobody else can use up the tries.
        digest: keyed hash of phone and code.
        tries_left: wrong guesses it still takes.
        proved_at: when the right code came back.
        used_at: when the proof was used.
        invite_code: what came along with the right code.
    """

    msisdn: Msisdn
    asked_from: str
    digest: str
    sent_at: datetime
    expires_at: datetime
    tries_left: int = CODE_TRIES
    proved_at: datetime | None = None
    used_at: datetime | None = None
    invite_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A person who runs Flash."""

    id: UUID
    email: str
    full_name: str
    role: str
    password_hash: str
    created_at: datetime


ROLES = ("view", "support", "finance", "admin")

DECIDING_ROLES = frozenset({"finance", "admin"})
"""Who may propose or approve what becomes of money in doubt."""


def email_address(text: str) -> str:
    """Return an email address as it is stored and looked for: the same for every spelling of it.

    Raises:
        BadInput: it is none.
    """
    address = unicodedata.normalize("NFKC", text).strip().casefold()
    local, _, domain = address.rpartition("@")
    if not local or not domain or len(address) > LONGEST_EMAIL or re.search(r"\s", address):
        raise BadInput("This is no email address.", field="email")
    return address


def same_person(one: Staff, other: Staff) -> bool:
    """Whether two members of staff are one person: the same account, or two that lead to one mailbox."""
    return one.id == other.id or _mailbox(one.email) == _mailbox(other.email)


def _mailbox(email: str) -> str:
    """Fold what makes no other mailbox: case, and what stands after a plus."""
    local, _, domain = email_address(email).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def token_digest(token: str) -> str:
    """Digest a token for storage. Tokens are random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_id(digest: str) -> str:
    """Return the name of a sign-in, derived one way from the digest of its token."""
    return str(UUID(hashlib.sha256(f"session {digest}".encode()).hexdigest()[:32]))


def device_name(user_agent: str | None) -> str:
    """Return what a device says it is, as far as it can be stored and shown."""
    printable = "".join(character for character in user_agent or "" if character.isprintable())
    return printable.strip()[:LONGEST_DEVICE]


def keyed_digest(key: bytes, *parts: str) -> str:
    """Digest short secrets, like codes, so that the database alone does not tell them."""
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def csrf_token(key: bytes, digest: str) -> str:
    """Return what a page must know of a session to have something done in it: it follows from the token's digest."""
    return keyed_digest(key, "csrf", digest)


@dataclass(frozen=True, slots=True)
class Freed:
    """What stays known of a number whose owner left.

    Attributes:
        at: when they left.
        day: the last local day on which they could have sent something.
        used: how much of that day's limit is used; whoever has the number next on that day has the rest.
    """

    at: datetime
    day: date | None
    used: Money


def freed_digest(key: bytes, msisdn: Msisdn) -> str:
    """Digest a number whose owner left, so that it is known again only by whoever has it next."""
    return keyed_digest(key, "freed", msisdn.e164)


def check_password(password: str, again: str) -> str:
    """Return the password if it can be one.

    Raises:
        BadInput: too short, too long, or the two differ.
    """
    if len(password) < LEAST_PASSWORD:
        raise BadInput(f"The password needs at least {LEAST_PASSWORD} characters.", field="password")
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(f"The password may have at most {LONGEST_PASSWORD} characters.", field="password")
    if password != again:
        raise BadInput("The two passwords differ.", field="password_confirm")
    return password


def clean_text(text: str, longest: int, *, field: str) -> str:
    """Fold white space and refuse what cannot be stored or shown: control characters, lone surrogates, too much.

    Raises:
        BadInput: longer than *longest* after folding, or with characters that are no text.
    """
    folded = re.sub(r"\s+", " ", text).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in folded):
        raise BadInput("This text contains characters that cannot be used.", field=field)
    if len(folded) > longest:
        raise BadInput(f"Please use at most {longest} characters.", field=field)
    return folded
