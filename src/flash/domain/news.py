"""What people are told when a transfer ends: once, to the payer always, and to the payee when the money is there."""

from uuid import uuid5

from flash.domain.message import Kind, Message, a_message, fitting
from flash.domain.outcome import Reason
from flash.domain.text import Text
from flash.domain.transfer import State, Transfer
from flash.domain.words import REASONS, News

LONGEST_NOTE = 60

CHECKABLE = frozenset({News.RECEIVED, News.SENT})
"""What is worth checking by whoever is told it, or is shown it: an SMS is easily forged."""


def news_of(transfer: Transfer) -> tuple[Message, ...]:
    """Return the messages that tell how a transfer ended. Their ids are the transfer's own, so nobody is told twice."""
    if transfer.state is State.COMPLETED:
        note = f" ({fitting(transfer.description, LONGEST_NOTE)})" if transfer.description else ""
        received = Text(News.RECEIVED, {**_places(transfer), "payer": transfer.payer.e164, "note": note})
        to_payee = a_message(uuid5(transfer.id, "payee"), Kind.OUTCOME, transfer.payee, received, transfer.updated_at)
        return _to_payer(transfer, Text(News.SENT, _places(transfer))), to_payee
    return (_to_payer(transfer, _ended_otherwise(transfer)),)


def checkable(text: Text, public_url: str) -> Text | None:
    """Return a text with the address at which anybody can check the payment in the place of its number.

    None where there is no such address, or where the text tells of no payment that was completed.
    """
    number = text.places.get("ref")
    if not public_url or text.pattern not in CHECKABLE:
        return None
    return text.with_places(ref=f"{public_url}/verify/{number}")


def _ended_otherwise(transfer: Transfer) -> Text:
    match transfer.state:
        case State.RETURNED if transfer.reason is Reason.CANCELLED_BY_PAYER:
            return Text(News.CANCELLED_AND_BACK, _places(transfer))
        case State.RETURNED:
            return Text(News.BACK, _places(transfer))
        case State.CANCELLED:
            return Text(News.CANCELLED, _places(transfer))
    return Text(News.FAILED, {**_places(transfer), "reason": Text(REASONS[transfer.reason or Reason.OTHER])})


def _places(transfer: Transfer) -> dict[str, str | Text]:
    return {
        "amount": transfer.amount.spoken,
        "total": transfer.total.spoken,
        "payee": transfer.payee.e164,
        "ref": transfer.number,
    }


def _to_payer(transfer: Transfer, text: Text) -> Message:
    return a_message(uuid5(transfer.id, "payer"), Kind.OUTCOME, transfer.payer, text, transfer.updated_at)
