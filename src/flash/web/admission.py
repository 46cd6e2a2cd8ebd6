"""Who may knock how often: a view says in one line each which rules it is under."""

import math
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from flash.domain.errors import TooSoon
from flash.domain.msisdn import Msisdn
from flash.ports.throttle import Rule

HOME_BITS = 64
"""Of an IPv6 address: the rest, whoever has the address chooses freely."""


def admit(request: Any, rule: Rule, *subject: object) -> None:
    """Count one more of this.

    Raises:
        TooSoon: it is one too many.
    """
    _refuse(request.services.throttle.hit(rule, *subject))


def admit_unless_spent(request: Any, rule: Rule, *subject: object) -> None:
    """Count nothing, for what is only counted when it goes wrong.

    Raises:
        TooSoon: it went wrong too often.
    """
    _refuse(request.services.throttle.wait(rule, *subject))


def admit_wish_for_code(request: Any, msisdn: Msisdn) -> None:
    """Admit who wants a code for a number. Whoever asks again after a minute is never refused.

    The app would lock its screen. More than that is held here, because the wait in the database is one for each
    program, and whoever calls names their program as they like.

    The address comes before the number, so that one that asked too often does not use up what the number has.

    Raises:
        TooSoon: too many wishes from this address, or for this number.
    """
    place = address(request)
    admit(request, Rule.OTP_AGAIN, msisdn, place)
    if request.services.throttle.wait(Rule.OTP_FIRST, msisdn, place) is None:
        admit(request, Rule.OTP_ADDRESS, place)
        admit(request, Rule.OTP_NUMBER, msisdn)
        request.services.throttle.hit(Rule.OTP_FIRST, msisdn, place)


def admit_sign_in(request: Any, msisdn: Msisdn) -> None:
    """Count one more try of a password.

    Raises:
        TooSoon: too many from this address for this number, from this address, or for this number.
    """
    admit(request, Rule.LOGIN_PAIR, msisdn, address(request))
    admit(request, Rule.LOGIN_ADDRESS, address(request))
    admit(request, Rule.LOGIN_NUMBER, msisdn)


def address(request: Any) -> str:
    """Return where the request came from (see `doors.behind_proxies`), without what can be chosen freely."""
    seen = str(request.remote_addr)
    try:
        if ip_address(seen).version == 6:
            return str(ip_network(f"{seen}/{HOME_BITS}", strict=False))
    except ValueError:
        pass  # No address: a server on a socket of the machine.
    return seen


def _refuse(wait: timedelta | None) -> None:
    if wait is not None:
        minutes = max(1, math.ceil(wait.total_seconds() / 60))
        unit = "minute" if minutes == 1 else "minutes"
        raise TooSoon(f"That was too often. Please try again in {minutes} {unit}.", wait=wait)
