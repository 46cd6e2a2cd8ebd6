"""Tell anybody whether a receipt is genuine, and how its payment stands now."""

from dataclasses import dataclass

from flash.domain.errors import NotFound
from flash.domain.number import TRANSFER, last_number
from flash.domain.receipt import Receipt, Standing, receipt_of, unpacked
from flash.domain.seal import bytes_of
from flash.domain.words import Line
from flash.ports.clock import Clock
from flash.ports.receipts import Checks
from flash.ports.seals import Seals
from flash.ports.store import Store


class NoSuchPayment(NotFound):
    """Nobody has made a payment with this number."""

    text = Line.NO_SUCH_PAYMENT


@dataclass(frozen=True, slots=True)
class Checked:
    """What whoever checks a receipt is told.

    Attributes:
        now: the payment as it stands; of one that is not known here, as the code says, with `Standing.UNKNOWN`.
        issued: what the sealed code says; None when it was looked up by its number.
        checks: how often somebody was told before that it was paid out; None while it is not.
    """

    now: Receipt
    issued: Receipt | None
    checks: Checks | None

    @property
    def changed(self) -> bool:
        """Whether the payment stands otherwise than when the code was made."""
        return self.issued is not None and self.now.standing not in (self.issued.standing, Standing.UNKNOWN)


def check_receipt(name: str, *, store: Store, seals: Seals, clock: Clock, counts: bool = True) -> Checked:
    """Check a sealed code, or look up the number of a payment.

    It counts only who is told that it was paid out: that is what one receipt could be shown for twice. Whoever only
    looks whether there is something at the address *counts* for nothing.

    Raises:
        BrokenSeal: it is no code of ours.
        NoSuchPayment: it is a number, and no payment has it.
    """
    number = a_payments_number(name)
    issued = None if number else unpacked(seals.opened(bytes_of(name)))
    found = store.receipts.facts(number or (issued.number if issued else ""))
    now = receipt_of(found[1]) if found else None
    if issued is not None and (now is None or not _of_one_payment(issued, now)):
        unknown = Receipt(issued.number, issued.amount, issued.last_digits, issued.at, Standing.UNKNOWN)
        return Checked(now=unknown, issued=issued, checks=None)
    if found is None or now is None:
        raise NoSuchPayment
    told = counts and now.standing is Standing.PAID_OUT
    return Checked(now, issued, store.receipts.count_check(found[0], clock.now()) if told else None)


def a_payments_number(name: str) -> str | None:
    """Return the number that this is, whatever its case, with spaces and dashes wherever people put them."""
    tidy = "".join(name.split()).replace("-", "").upper()
    return tidy if name.isascii() and last_number(TRANSFER, tidy) == tidy else None


def _of_one_payment(issued: Receipt, now: Receipt) -> bool:
    """Whether the code is about the payment that has its number here; it is not where a database was made anew."""
    return (issued.amount, issued.last_digits) == (now.amount, now.last_digits)
