"""Short messages to phones: what they say, and how they leave although a phone network does not always answer.

A message is stored with what it tells about, in one database transaction, and leaves afterwards: so nobody hears of
what was rolled back, and nothing that happened is kept from anybody because a process died.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from flash.domain.account import CODE_DIGITS, CODE_LIFE, keyed_digest
from flash.domain.msisdn import Msisdn
from flash.domain.text import Text

LONGEST_TEXT = 160
"""Septets of one SMS in the GSM 7-bit alphabet; a longer text costs twice and may arrive in pieces (GSM 03.38)."""

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic characters of GSM 03.38. Those of its extension table count twice, so we do without them."""

LIFE = timedelta(hours=24)
"""For so long a message is tried again; what is older tells nobody anything new."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
LEASE = timedelta(seconds=60)
"""For so long one taker has a message to itself; longer than any call to a gateway may take."""

CODE_MARK = "<code>"
"""Stands in the stored text of a code, and is as long: the code itself is never stored."""


class Kind(StrEnum):
    """What a message is for."""

    CODE = "code"
    OUTCOME = "outcome"
    REQUEST = "request"
    INVITE = "invite"


class Standing(StrEnum):
    """How far a message got."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"


class Delivery(StrEnum):
    """What a gateway's answer means."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """It will never take this message, so it is not asked again."""
    UNCLEAR = "unclear"
    """It may have it, or not: it is given the message again under the same id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A short text on its way to a phone.

    Attributes:
        id: what the gateway is told too, so that it can recognise a message that it gets twice.
        expires_at: from then on it is not sent any more.
        due_at: when it is to be sent, or tried again; None when it is done with.
        attempts: how often it was handed to the gateway, or was about to be.
        told: what *text* says in English, so that it can be said in the language of whoever gets it; None for what is
            said in English only.
    """

    id: UUID
    kind: Kind
    to: Msisdn
    text: str
    created_at: datetime
    expires_at: datetime
    due_at: datetime | None
    standing: Standing = Standing.WAITING
    attempts: int = 0
    told: Text | None = None

    def after(self, delivery: Delivery, now: datetime) -> "Message":
        """Return the message as the gateway's answer leaves it."""
        if delivery is Delivery.ACCEPTED:
            return self._done(Standing.SENT)
        if delivery is Delivery.REFUSED:
            return self._done(Standing.REFUSED)
        return replace(self, due_at=now + min(FIRST_WAIT * 2 ** min(self.attempts - 1, 10), LONGEST_WAIT))

    def lapsed(self) -> "Message":
        """Return the message as given up, because it was not sent in time."""
        return self._done(Standing.EXPIRED)

    def _done(self, standing: Standing) -> "Message":
        """Return the message as done with. A text that names people is not kept: they may leave."""
        kept = self.text if self.kind in (Kind.CODE, Kind.OUTCOME) else ""
        return replace(self, standing=standing, due_at=None, text=kept, told=None)


def a_message(message_id: UUID, kind: Kind, to: Msisdn, text: Text | str, now: datetime) -> Message:
    """Return a message that is due at once. Its text is made to fit into one SMS, whatever it is.

    A code counts as due for longer than anything else that waits: somebody stands at the door with it.
    """
    life = CODE_LIFE if kind is Kind.CODE else LIFE
    return Message(
        id=message_id,
        kind=kind,
        to=to,
        text=fitting(text.english if isinstance(text, Text) else text, LONGEST_TEXT),
        created_at=now,
        expires_at=now + life,
        due_at=now - LIFE if kind is Kind.CODE else now,
        told=text if isinstance(text, Text) else None,
    )


def one_time_code(key: bytes, message_id: UUID) -> str:
    """Return the code that this message tells. Without the key nobody can derive it from what is stored."""
    return f"{int(keyed_digest(key, 'one-time code', str(message_id)), 16) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def readable(message: Message, key: bytes) -> str:
    """Return the text as the phone shall show it."""
    if message.kind is Kind.CODE:
        return message.text.replace(CODE_MARK, one_time_code(key, message.id))
    return message.text


def fits(text: str) -> bool:
    """Whether a text is one SMS."""
    return len(text) <= LONGEST_TEXT and set(text) <= GSM_7


def fitting(text: str, longest: int) -> str:
    """Return a text so that it fits into a message: in its alphabet, and no longer than *longest*.

    Accents that the alphabet lacks are dropped; other characters that it lacks become question marks.
    """
    folded = "".join(_folded(character) for character in text)
    return folded if len(folded) <= longest else f"{folded[: longest - 2].rstrip()}.."


def _folded(character: str) -> str:
    if character in GSM_7:
        return character
    base = unicodedata.normalize("NFKD", character)[0]
    return base if base in GSM_7 else "?"
