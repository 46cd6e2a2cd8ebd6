"""How often somebody may do something: counted by all processes together."""

from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class Rule(StrEnum):
    """What is counted, and for whom. How often is allowed stands in the settings, as `flash.rate.NAME`.

    A pair is a number and the address that the request came from: tight, because it is one person at one place. A
    number alone is looser, so that a stranger elsewhere does not lock its owner out, and an address alone is loosest,
    because carriers put thousands of people behind one.
    """

    OTP_FIRST = "otp.first"
    """A number asked for from an address; while this is spent, a code is sent again without being counted."""
    OTP_AGAIN = "otp.again"
    """All wishes of a pair, whatever program they come from: more often than anybody can need a code."""
    OTP_NUMBER = "otp.number"
    OTP_ADDRESS = "otp.address"
    VERIFY_PAIR = "verify.pair"
    VERIFY_GUESSES = "verify.guesses"
    """Wrong guesses at codes of a number that were still good: no others bring anybody nearer to being it."""
    VERIFY_ADDRESS = "verify.address"
    REGISTER_PAIR = "register.pair"
    REGISTER_ADDRESS = "register.address"
    LOGIN_PAIR = "login.pair"
    LOGIN_NUMBER = "login.number"
    LOGIN_ADDRESS = "login.address"
    SEND = "send"
    QUOTE = "quote"
    """Names looked up by number, of one person."""
    BATCH = "batch"
    PARTNER = "partner"
    """All calls with one key of a partner."""
    PAY_ADDRESS = "pay.address"
    """Payment links tried from one address."""
    REQUEST_REQUESTER = "request.requester"
    REQUEST_TARGET = "request.target"
    INVITE = "invite"
    VALIDATE_INVITE = "validate_invite"
    EXPORT = "export"
    PUSH = "push"
    """Browsers of one person that want hints, as often as a new one is told."""
    VERIFY_RECEIPT = "verify_receipt"
    """Receipts that somebody checks at one address."""
    STATEMENT = "statement"


class Throttle(Protocol):
    """Counts what is done to rules, each subject for itself.

    Two processes never allow more than the rule together, as long as they share a memory that answers. While it does
    not, each process counts for itself: nothing here raises, and nobody waits for longer than it takes to notice.
    """

    def hit(self, rule: Rule, *subject: object) -> timedelta | None:
        """Count one more; None when that is allowed.

        Args:
            rule: what is done.
            subject: for whom it is counted. Kept as a keyed hash only, so it may be a phone number.

        Returns:
            How long until the next one is allowed. What is refused is not counted.
        """
        ...

    def wait(self, rule: Rule, *subject: object) -> timedelta | None:
        """Return what `hit` would, without counting."""
        ...
