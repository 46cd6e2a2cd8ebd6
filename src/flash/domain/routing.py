"""Which operator holds the wallet behind a number: the longest matching prefix, from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flash.domain.errors import NoRoute
from flash.domain.msisdn import Msisdn


class Operator(StrEnum):
    """A mobile operator with wallets in Zambia."""

    MTN = "mtn"
    AIRTEL = "airtel"
    ZAMTEL = "zamtel"

    @property
    def brand(self) -> str:
        """The name people know."""
        return _BRANDS[self]


_BRANDS = {Operator.MTN: "MTN MoMo", Operator.AIRTEL: "Airtel Money", Operator.ZAMTEL: "Zamtel Money"}


@dataclass(frozen=True, slots=True)
class Routes:
    """Prefix to operator, and the operators we have an adapter for.

    A prefix is a default, not proof: numbers may be ported (facts/momo_api.md C1), so the wallet is checked as active
    before the payer is asked.

    Attributes:
        prefixes: digits with country code and without plus, like `26096`, to the operator.
        served: operators whose wallets Flash can debit and credit.
    """

    prefixes: Mapping[str, Operator]
    served: frozenset[Operator]

    def operator_of(self, msisdn: Msisdn, *, field: str = "phone_number") -> Operator:
        """Return the operator whose wallet this number names.

        Raises:
            NoRoute: no operator with wallets has this prefix, or Flash does not serve it yet.
        """
        operator = self.find(msisdn)
        if operator is None:
            raise NoRoute("This number does not belong to a mobile-money operator.", field=field)
        if operator not in self.served:
            raise NoRoute(f"{operator.brand} is not available in Flash yet.", field=field)
        return operator

    def find(self, msisdn: Msisdn) -> Operator | None:
        """Return the operator by the longest matching prefix, served or not; None when no prefix matches."""
        for length in range(len(msisdn.digits), 0, -1):
            operator = self.prefixes.get(msisdn.digits[:length])
            if operator is not None:
                return operator
        return None
