"""The words for what happens to a payment: one text for each state, step and reason, and for each line of a receipt.

Each is the name of its translations in `flash/words/`. It says what happened, who must act and by when, and fits into
one SMS; it holds no code and blames nobody. tests/domain/test_words.py holds every language to that.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from flash.domain.message import Kind
from flash.domain.outcome import Reason
from flash.domain.payment_link import CLOSED_TEXTS
from flash.domain.receipt import Standing
from flash.domain.transfer import State

STATES: Mapping[State, str] = {
    State.RECORDED: "Your payment is noted. Your phone asks for your PIN by {time}; without it nothing is taken.",
    State.COLLECTING: "Please approve {total} with your PIN on your phone by {time}. Without it nothing is taken.",
    State.COLLECTED: (
        "{total} is safe with Flash. We pay the recipient next. You need do nothing. You will know more by {time}."
    ),
    State.PAYING_OUT: (
        "{amount} is on its way to the recipient. You need do nothing. By {time} it is there, or our staff take over."
    ),
    State.RETURNING: (
        "{total} is on its way back to you. You need do nothing. By {time} it is there, or our staff take over."
    ),
    State.IN_REVIEW: (
        "Our staff are finding out where {total} is. You need do nothing. We send you a message when it is decided."
    ),
    State.COMPLETED: "The recipient received {amount}. You need do nothing more.",
    State.FAILED: "The payment did not happen, and no money left your wallet. You can try again whenever you like.",
    State.RETURNED: (
        "The recipient did not get the money. {total} is back in your wallet. You can try again whenever you like."
    ),
    State.CANCELLED: "You cancelled the payment, and no money left your wallet. You need do nothing more.",
}
"""What stands now, for the payer."""

CANCEL_NOTED = (
    "You cancelled, so please do not approve it. If {total} leaves anyway, it comes back. You will know by {time}."
)
"""Instead of the text of `collecting`, when the payer changed their mind."""

STILL_ASKING = (
    "We are still asking whether {total} left your wallet. Please do not send it again. You will know more by {time}."
)
"""Instead of the text of `collecting`, once the phone does not ask any more."""

RECEIVED = "You received {amount} in your wallet. You need do nothing more."
"""What a completed payment is for the payee."""

STEPS: Mapping[State, str] = {
    State.RECORDED: "You ordered the payment.",
    State.COLLECTING: "Your phone was to ask you to approve the payment.",
    State.COLLECTED: "The money left your wallet and reached Flash.",
    State.PAYING_OUT: "The money was sent on its way to the recipient.",
    State.RETURNING: "The money was sent on its way back to you.",
    State.IN_REVIEW: "Our staff began to look after this payment.",
    State.COMPLETED: "The recipient received the money.",
    State.FAILED: "No money left your wallet.",
    State.RETURNED: "The money is back in your wallet.",
    State.CANCELLED: "The payment was cancelled. No money left your wallet.",
}
"""What it meant that the payment came into this state."""

RECONCILED = "reconcile"
"""What the notes of all steps begin with that a comparison with an operator's statement led to."""

NOTES: Mapping[str, str] = {
    "cancel_wanted": "You cancelled while your phone could still ask you. If the money leaves anyway, it comes back.",
    "refund_again": "Our staff sent the money on its way back to you once more.",
    "contradiction": "The answers we got did not agree, so our staff began to look after this payment.",
    "doubt_too_old": "No clear answer came in time, so our staff began to look after this payment.",
    "refund_declined": "The money could not go back to you yet, so our staff began to look after it.",
    "never_ordered": "The operator could not be reached in time, so our staff began to look after the money.",
    RECONCILED: "Our records and the operator's did not agree, so our staff began to look after this payment.",
}
"""What a step means whose note says more than its state."""

REASONS: Mapping[Reason, str] = {
    Reason.NOT_ENOUGH_FUNDS: "There was probably not enough money in the wallet.",
    Reason.PAYER_REFUSED: "The payment was not approved on the phone.",
    Reason.PROMPT_EXPIRED: "The payment was not approved on the phone in time.",
    Reason.PAYER_NOT_FOUND: "Your number has no active mobile-money wallet.",
    Reason.PAYER_BUSY: "Another payment was waiting for approval on your phone for too long.",
    Reason.PAYER_LIMIT_REACHED: "Your wallet's limit does not allow this payment today.",
    Reason.PAYEE_NOT_FOUND: "The recipient's number has no active mobile-money wallet.",
    Reason.PAYEE_LIMIT_REACHED: "The recipient's wallet cannot take this amount today.",
    Reason.PAYEE_NOT_ALLOWED: "The recipient's wallet is not allowed to receive this payment.",
    Reason.FLOAT_TOO_LOW: "Flash cannot pay out this amount right now. Please try again later.",
    Reason.OPERATOR_UNAVAILABLE: "The mobile-money operator could not be reached. Please try again later.",
    Reason.ORDER_REFUSED: "The mobile-money operator did not accept the payment. Please try again later.",
    Reason.CANCELLED_BY_PAYER: "You cancelled the payment.",
    Reason.OTHER: "The mobile-money operator did not complete the payment.",
}
"""Why a payment did not happen."""


class News(StrEnum):
    """What people are told by a message, without having asked."""

    RECEIVED = "You received {amount} from {payer}{note}. Ref {ref}"
    SENT = "You sent {amount} to {payee}. Ref {ref}"
    CANCELLED_AND_BACK = "You cancelled {amount} to {payee}. {total} is back in your wallet. Ref {ref}"
    BACK = "{amount} for {payee} could not be paid out. {total} is back in your wallet. Ref {ref}"
    CANCELLED = "You cancelled {amount} to {payee}. No money left your wallet. Ref {ref}"
    FAILED = "{amount} to {payee} failed. {reason} Nothing was taken. Ref {ref}"
    ASKED = "{requester} asks you for {amount}. Open Flash to approve or decline. Ref {ref}"
    ASKED_AND_INVITED = "{requester} asks you for {amount}. To pay, get Flash and sign up with this number."
    ASKED_AND_SHOWN = "{requester} asks you for {amount}. To pay, get Flash at {url} and sign up with this number."


HINT_TITLES: Mapping[Kind, str] = {
    Kind.OUTCOME: "News of a payment",
    Kind.REQUEST: "Somebody asks you for money",
}
"""What stands above a message where a browser shows it too."""

TITLES: Mapping[Standing, str] = {
    Standing.PAID_OUT: "Paid out",
    Standing.NOT_YET: "Not yet",
    Standing.GOING_BACK: "Going back",
    Standing.RETURNED: "Returned",
    Standing.NOT_MADE: "No money moved",
    Standing.UNKNOWN: "Unknown",
}
"""How a payment stands, for whoever checks a receipt, at a glance."""

STANDINGS: Mapping[Standing, str] = {
    Standing.PAID_OUT: "The money is in the recipient's wallet.",
    Standing.NOT_YET: "The recipient does not have the money yet. Please check again before you rely on it.",
    Standing.GOING_BACK: "The recipient does not have the money. It is on its way back to the sender.",
    Standing.RETURNED: "The recipient does not have the money. It went back to the sender.",
    Standing.NOT_MADE: "The recipient does not have the money. It never left the sender's wallet.",
    Standing.UNKNOWN: "The seal is genuine, but this payment is not known here. Please do not rely on it.",
}
"""The same in whole sentences."""


class Line(StrEnum):
    """What else stands on a receipt, and on the page that checks it."""

    FORGED_TITLE = "Not genuine"
    FORGED = "This code is not genuine."
    FORGED_ADVICE = "It was not made by Flash, or was changed. Please do not rely on it, and ask for another proof."
    NO_SUCH_PAYMENT = "There is no payment with this number."
    TOO_OFTEN = "Too many codes were checked from here. Please try again later."
    FIRST_CHECK = "Nobody checked this payment before."
    CHECKED_ONCE = "It was checked once before, on {time}. If that was not you, ask what it was for."
    CHECKED_OFTEN = "It was checked {count} times before, first on {time}. If that was not you, ask what it was for."
    CHANGED = "This has changed since the code was made."
    NO_SEAL = "It was looked up by its number, so there is no seal to check."
    CHECK = "Check of a payment"
    RECEIPT = "Receipt"
    AMOUNT = "Amount"
    FEE = "Fee"
    TOTAL = "Total"
    FROM = "From"
    TO = "To"
    TO_NUMBER_ENDING = "To the number that ends in"
    TIME = "Time"
    ORDERED = "Ordered"
    ENDED = "Ended"
    MESSAGE = "Message"
    REFERENCE = "Reference"
    CODE = "Code"
    LINK = "Payment request"
    NO_SUCH_LINK = "There is no such payment request."
    TO_PAY = "To pay, scan this square in the Flash app and approve on your phone."
    PAY_ONCE = "It is paid once, and only this amount."
    HOW_TO_CHECK = "Anyone can check this receipt: scan the square, or open this address."


def every_pattern() -> Iterator[str]:
    """Return every pattern that there is, each of which needs its translations."""
    mappings: tuple[Mapping[Any, str], ...] = (STATES, STEPS, NOTES, REASONS, HINT_TITLES, TITLES, STANDINGS)
    found = [pattern for mapping in mappings for pattern in mapping.values()]
    found += [CANCEL_NOTED, STILL_ASKING, RECEIVED, *News, *Line, *CLOSED_TEXTS.values()]
    return iter(dict.fromkeys(str(pattern) for pattern in found))
