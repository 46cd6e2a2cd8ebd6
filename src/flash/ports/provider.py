"""A mobile-money operator, as the core sees it."""

from typing import Protocol, runtime_checkable

from flash.domain.leg import Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Outcome


class Provider(Protocol):
    """An operator that collects, disburses and refunds.

    Whatever is not a clear yes or no comes back as `Unknown`; neither method raises for anything the operator or the
    network does. One call is one attempt: time and repetition are the core's business.
    """

    @property
    def platform(self) -> str:
        """The base URL on which new legs are created; it is stored with each (facts/momo_api.md A2)."""
        ...

    def submit(self, leg: Leg) -> Outcome:
        """Send the order. The same reference never moves money twice, however often it is sent."""
        ...

    def ask(self, leg: Leg) -> Outcome:
        """Return what became of the order, asked on the leg's own platform."""
        ...


@runtime_checkable
class AccountCheck(Protocol):
    """An operator that tells whether a wallet exists and may be used."""

    def wallet_is_active(self, msisdn: Msisdn) -> bool | None:
        """Return whether the wallet is active; None when the operator does not say."""
        ...


@runtime_checkable
class FloatCheck(Protocol):
    """An operator that tells what our payout wallet holds."""

    def float_available(self) -> Money | None:
        """Return the float that disbursements and refunds draw on; None when the operator does not say."""
        ...
