"""Refusals: what the rules say no to, as a stable code and a text that a person understands.

    Refusal
    ├── BadInput        what was sent cannot be used
    ├── NotSignedIn     nobody we know is asking
    ├── NotAllowed      we know who is asking, and it is not theirs to do
    ├── NotFound        there is no such thing, or not for you
    ├── Conflict        it contradicts what already happened
    ├── TooSoon         come back later
    └── OutOfService    an operator cannot do it now

A refusal knows nothing of HTTP; `web/errors.py` gives each kind its status.
"""

from datetime import timedelta
from typing import ClassVar


class Refusal(Exception):
    """Something the rules do not allow. Raised before anything is stored.

    Attributes:
        code: stable word for programs.
        text: one short sentence for people.
        field: the input the text is about, as the mobile contract names it; None when it is about the whole.
    """

    code: ClassVar[str] = "refused"
    text: str = "This is not possible."

    def __init__(self, text: str | None = None, *, field: str | None = None) -> None:
        self.text = text or self.text
        self.field = field
        super().__init__(self.text)


class BadInput(Refusal):
    """The input cannot be used as it is."""

    code = "bad_input"
    text = "Please check what you entered."


class NotSignedIn(Refusal):
    """The caller gave no token, or one that is unknown, expired or revoked."""

    code = "not_signed_in"
    text = "Please sign in."


class NotAllowed(Refusal):
    """Whoever is asking may not do this."""

    code = "not_allowed"
    text = "You may not do this."


class AccountLocked(NotAllowed):
    """Staff have locked the account, because something about it is suspicious."""

    code = "account_locked"
    text = "Your account is locked. Please call us."


class SessionLocked(NotAllowed):
    """The browser was left lying, so that it is no proof any more of who is asking."""

    code = "session_locked"
    text = "Flash is locked. Please enter your PIN or your password."


class NotFound(Refusal):
    """There is no such thing for this caller; somebody else's looks the same as none."""

    code = "not_found"
    text = "We could not find that."


class Conflict(Refusal):
    """The wish contradicts what already happened."""

    code = "conflict"
    text = "This is no longer possible."


class TooSoon(Refusal):
    """The same was asked for moments ago, or too often.

    Attributes:
        wait: how long until it makes sense to ask again.
    """

    code = "too_soon"
    text = "Please wait a moment and try again."

    def __init__(self, text: str | None = None, *, wait: timedelta, field: str | None = None) -> None:
        super().__init__(text, field=field)
        self.wait = wait


class OutOfService(Refusal):
    """An operator does not answer, so nothing new is sent to it for a while.

    Attributes:
        wait: how long until it is tried again.
    """

    code = "operator_unavailable"

    def __init__(self, brand: str, *, wait: timedelta) -> None:
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(f"{brand} does not answer right now. Please try again in {minutes} {unit}.")
        self.wait = wait


class WrongCode(BadInput):
    """The code is wrong, expired, used or out of tries; which of them is not told.

    Attributes:
        guessed: whether it was a guess at a code that was still good.
    """

    text = "This code is wrong or has expired."

    def __init__(self, *, guessed: bool) -> None:
        super().__init__(field="otp_code")
        self.guessed = guessed


class BadMsisdn(BadInput):
    """The text is not one Zambian mobile number."""

    code = "bad_phone_number"
    text = "Please enter a Zambian mobile number, like 096 0000 123."


class BadAmount(BadInput, ValueError):
    """The amount is not a positive sum of money that the currency can express."""

    code = "bad_amount"
    text = "Please enter an amount like 25 or 25.50."


class AmountOutOfBounds(BadInput):
    """The amount is below or above what the operator or the person's tier allows for one payment."""

    code = "amount_out_of_bounds"


class DayLimitReached(BadInput):
    """The amount does not fit into what is left of the day's limit."""

    code = "day_limit_reached"


class NoRoute(BadInput):
    """Flash cannot reach a wallet behind this number."""

    code = "no_route"


class PayeeIsPayer(BadInput):
    """Somebody tries to pay their own number."""

    code = "payee_is_payer"
    text = "You cannot send money to your own number."


class IdempotencyConflict(Conflict):
    """An Idempotency-Key came back with other content."""

    code = "idempotency_conflict"
    text = "This Idempotency-Key was already used for another payment."


class RequestClosed(Conflict):
    """The request for money was answered, cancelled, or has expired."""

    code = "request_closed"


class TooLateToCancel(Conflict):
    """The payout was already ordered, or the transfer has ended."""

    code = "too_late_to_cancel"


class StaleWrite(Exception):
    """Somebody else changed the row first. The loser drops its work and reads again."""
