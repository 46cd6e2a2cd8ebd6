"""What the payer of a request is told: who asks, for how much, and how to answer."""

from dataclasses import replace
from uuid import uuid5

from flash.domain.message import LONGEST_TEXT, Kind, Message, a_message, fitting
from flash.domain.request import PaymentRequest
from flash.domain.text import Text
from flash.domain.words import News

LONGEST_NAME = 30


def ask_of(request: PaymentRequest, name: str, *, has_account: bool, public_url: str) -> Message:
    """Return the message that tells the payer of a request. It fits into one SMS; what gives way is the name.

    Args:
        request: what it tells about.
        name: of whoever asks.
        has_account: whether the payer uses Flash; otherwise they are told how to begin.
        public_url: where people get Flash; empty where there is no such place.
    """
    pattern = News.ASKED_AND_INVITED
    places: dict[str, str | Text] = {"amount": request.amount.spoken, "requester": request.requester.e164}
    if has_account:
        pattern, places["ref"] = News.ASKED, request.number
    elif public_url:
        pattern, places["url"] = News.ASKED_AND_SHOWN, public_url
    text = Text(pattern, places)
    room = min(LONGEST_TEXT - len(text.english) - len(" ()"), LONGEST_NAME)
    if name and room > 0:
        text = text.with_places(requester=f"{fitting(name, room)} ({request.requester})")
    message = a_message(uuid5(request.id, "payer"), Kind.REQUEST, request.payer, text, request.created_at)
    return replace(message, expires_at=min(message.expires_at, request.expires_at))
