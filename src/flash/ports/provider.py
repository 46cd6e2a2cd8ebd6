"""A mobile-money operator, as the core sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from uuid import UUID

from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Outcome


class Provider(Protocol):
    """An operator that collects, disburses and refunds.

    Whatever is not a clear yes or no comes back as `Unknown`; neither method raises for anything the operator or the
    network does. One call is one attempt: time and repetition are the core's business.
    """

    def platform(self, kind: Kind) -> str:
        """Return the base URL for new legs of a kind, which is stored with each (facts/momo_api.md A2)."""
        ...

    def submit(self, leg: Leg) -> Outcome:
        """Send the order. The same reference never moves money twice, however often it is sent."""
        ...

    def ask(self, leg: Leg) -> Outcome:
        """Return what became of the order, asked on the leg's own platform."""
        ...


@runtime_checkable
class Readiness(Protocol):
    """An operator at which we have to be signed in before it takes an order."""

    def is_ready(self, kind: Kind) -> bool:
        """Return whether orders of this kind can be sent now; while they cannot, nobody's phone should ring."""
        ...


@dataclass(frozen=True, slots=True)
class Wallet:
    """What an operator tells about a customer's wallet.

    Attributes:
        active: whether it exists and may be used.
        holder: whose it is, as the operator knows them; empty when it does not tell. Personal data.
    """

    active: bool
    holder: str = ""


@runtime_checkable
class AccountCheck(Protocol):
    """An operator that tells about wallets."""

    def wallet(self, msisdn: Msisdn) -> Wallet | None:
        """Return what is known of the wallet behind a number; None when the operator does not say."""
        ...


@runtime_checkable
class FloatCheck(Protocol):
    """An operator that tells what our payout wallet holds."""

    def float_available(self) -> Money | None:
        """Return the float that disbursements and refunds draw on; None when the operator does not say."""
        ...


@runtime_checkable
class CallbackReader(Protocol):
    """An operator whose callbacks all come to one address, so that they have to say what they are about."""

    def reference_in(self, body: bytes) -> UUID | None:
        """Return the leg's reference that a callback names; None when it names none. It proves nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of an examination.

    Attributes:
        subject: what was looked at, in a word or two.
        good: whether all is well.
        told: what was found, as a sentence; never a key, a token or a person's number.
        mend: what to do about it, as sentences; empty when all is well.
    """

    subject: str
    good: bool
    told: str
    mend: str = ""


@runtime_checkable
class Examinable(Protocol):
    """An operator whose credentials, environment, hosts and float can be looked at without moving money."""

    def examine(self) -> Sequence[Finding]:
        """Return what was found, one line each. It never raises for anything the operator or the network does."""
        ...
