"""What people are told when a transfer ends: once, to the payer always, and to the payee when the money is there."""

from uuid import uuid5

from flash.domain.message import Kind, Message, a_message, fitting
from flash.domain.outcome import REASON_TEXTS, Reason
from flash.domain.transfer import State, Transfer

LONGEST_NOTE = 60


def news_of(transfer: Transfer) -> tuple[Message, ...]:
    """Return the messages that tell how a transfer ended. Their ids are the transfer's own, so nobody is told twice."""
    amount, payee, now = transfer.amount.spoken, transfer.payee, transfer.updated_at
    ref = f"Ref {transfer.number}"
    match transfer.state:
        case State.COMPLETED:
            note = f" ({fitting(transfer.description, LONGEST_NOTE)})" if transfer.description else ""
            received = f"You received {amount} from {transfer.payer}{note}. {ref}"
            told = f"You sent {amount} to {payee}. {ref}"
            to_payee = a_message(uuid5(transfer.id, "payee"), Kind.OUTCOME, payee, received, now)
            return _to_payer(transfer, told), to_payee
        case State.RETURNED if transfer.reason is Reason.CANCELLED_BY_PAYER:
            told = f"You cancelled {amount} to {payee}. {transfer.total.spoken} is back in your wallet. {ref}"
        case State.RETURNED:
            told = f"{amount} for {payee} could not be paid out. {transfer.total.spoken} is back in your wallet. {ref}"
        case State.CANCELLED:
            told = f"You cancelled {amount} to {payee}. No money left your wallet. {ref}"
        case _:
            reason = REASON_TEXTS[transfer.reason or Reason.OTHER]
            told = f"{amount} to {payee} failed. {reason} Nothing was taken. {ref}"
    return (_to_payer(transfer, told),)


def _to_payer(transfer: Transfer, text: str) -> Message:
    return a_message(uuid5(transfer.id, "payer"), Kind.OUTCOME, transfer.payer, text, transfer.updated_at)
