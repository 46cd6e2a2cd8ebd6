"""What `flash doctor airtel` finds: a look at credentials, hosts, keys and float that moves no money."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flash.adapters.airtel.crypto import PinPadding
from flash.adapters.http import NoToken, Token, is_ip, is_loopback
from flash.domain.money import Money
from flash.ports.provider import Finding

OLD_HOSTS = frozenset({"openapi.airtel.africa", "openapiuat.airtel.africa"})
"""Deprecated for Zambia since 15 March 2026 (facts/momo_api.md B1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the settings tell a doctor.

    Attributes:
        pin_key_bits: the size of the key that PINs are encrypted with.
        disbursement: version of disbursements, on which the padding depends.
        checks: Airtel has enabled balance and KYC.
        callback_base: where Airtel can call us; empty for not told.
    """

    base_url: str
    pin_key_bits: int
    pin_padding: PinPadding
    disbursement: int
    checks: bool
    callback_base: str


def examine(
    about: About,
    token: Token | NoToken,
    key: Token | NoToken | None,
    balance: Callable[[], Money | None],
) -> Sequence[Finding]:
    """Look at everything that can be wrong before the first payment.

    Args:
        about: what is set.
        token: what signing in gave.
        key: what asking for the key of signatures gave; None where orders are not signed.
        balance: asks for the payout float.
    """
    found = [_host(about, token), _credentials(token), _pin(about)]
    if key is not None:
        found.append(_signing(key))
    found += [_float(about, balance), _callback(about)]
    return found


def _host(about: About, token: Token | NoToken) -> Finding:
    host = urlsplit(about.base_url).hostname or ""
    if host in OLD_HOSTS:
        mend = "Use https://openapi.airtel.co.zm, or for tests https://openapiuat.airtel.co.zm."
        return Finding("host", False, f"{host} is no longer for Zambia.", mend)
    if isinstance(token, NoToken) and not token.reached:
        mend = "Check airtel.base_url, DNS and the firewall."
        return Finding("host", False, f"{host} did not answer: {token.why}.", mend)
    return Finding("host", True, f"{host} answers.")


def _credentials(token: Token | NoToken) -> Finding:
    if isinstance(token, NoToken):
        mend = token.mend or "Try again later; nothing is known to be wrong with the credentials."
        return Finding("credentials", False, f"Not signed in: {token.why}.", f"{mend[:1].upper()}{mend[1:]}")
    return Finding("credentials", True, "Signed in.")


def _pin(about: About) -> Finding:
    """Tell of the PIN's key. Whether the PIN is right shows at the first disbursement only."""
    told = f"The PIN is encrypted with a key of {about.pin_key_bits} bits and padding {about.pin_padding}."
    wanted = PinPadding.OAEP_SHA256 if about.disbursement == 3 else PinPadding.PKCS1V15
    if about.pin_padding is not wanted:
        mend = f"For disbursements v{about.disbursement} set airtel.pin_padding = {wanted}."
        return Finding("PIN key", False, told, mend)
    return Finding("PIN key", True, told)


def _signing(key: Token | NoToken) -> Finding:
    if isinstance(key, NoToken):
        return Finding("signing", False, f"Orders cannot be signed: {key.why}.", "Ask Airtel for it.")
    return Finding("signing", True, "Airtel gives the key for signatures.")


def _float(about: About, balance: Callable[[], Money | None]) -> Finding:
    if not about.checks:
        told = "Not asked: airtel.account_checks is false, as long as Airtel has not enabled balance and KYC."
        return Finding("float", True, told)
    amount = balance()
    if amount is None:
        mend = "Ask Airtel to enable the balance, or set airtel.account_checks = false."
        return Finding("float", False, "Airtel does not tell the payout float.", mend)
    if amount.minor <= 0:
        return Finding("float", False, f"The payout wallet holds {amount.spoken}.", "Top it up.")
    return Finding("float", True, f"The payout wallet holds {amount.spoken}.")


def _callback(about: About) -> Finding:
    """Tell what to put into Airtel's portal, for it takes no address with an order (B2)."""
    host = urlsplit(about.callback_base).hostname or ""
    near = is_loopback(urlsplit(about.base_url).hostname or "")
    if not about.callback_base:
        told = "None is set, so Airtel is only asked, which is slower and otherwise the same."
        return Finding("callback address", True, told)
    if (is_ip(host) or is_loopback(host)) and not near:
        mend = "Set airtel.callback_base to a public https address."
        return Finding("callback address", False, "Airtel cannot call this machine.", mend)
    address = f"{about.callback_base}/callbacks/airtel/<a long random word>"
    return Finding("callback address", True, f"Set {address} in Airtel's portal.")
