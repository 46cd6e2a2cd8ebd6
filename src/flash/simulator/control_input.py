"""How the control API reads what it is told; every refusal is a sentence."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flash.domain.errors import BadAmount, BadMsisdn
from flash.domain.money import CURRENCIES, ZMW, Money, parse_money
from flash.domain.msisdn import parse_msisdn
from flash.simulator.faults import KINDS
from flash.simulator.mtn.door import is_host
from flash.simulator.names import Kind, Operator, Own
from flash.simulator.reasons import read_reason
from flash.simulator.scenarios import CHECK
from flash.simulator.simulator import Knobs

T = TypeVar("T")

LONGEST_S = 366 * 24 * 3600
"""No time is longer than a year."""

LONGEST_TEXT = 500

MOST_MINOR = 10**12

_FOREIGN = re.compile(r"[1-9]\d{5,14}")


class Input:
    """What a request says, in its query or in its JSON object.

    Attributes:
        base_url: under which the caller reaches the simulator.
        everything: all names and values.
    """

    def __init__(self, request: Any) -> None:
        self.base_url = str(request.host_url)
        self.everything: Mapping[str, Any] = dict(request.GET) | _json(request.body)

    def required(self, name: str, read: Callable[[Any], T]) -> T:
        """Return a value.

        Raises:
            ValueError: it is missing or wrong.
        """
        if name not in self.everything:
            raise ValueError(f"{name} is missing.")
        return _read(name, self.everything[name], read)

    def optional(self, name: str, read: Callable[[Any], T]) -> T | None:
        """Return a value, or None when it is missing or null.

        Raises:
            ValueError: it is wrong.
        """
        value = self.everything.get(name)
        return None if value is None else _read(name, value, read)


def _json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        given = json.loads(body, parse_float=Decimal)
    except ValueError as error:
        raise ValueError(f"The body is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise ValueError("The body must be a JSON object.")
    return given


def _read(name: str, value: Any, read: Callable[[Any], T]) -> T:
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def read_text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"it must be a text of at most {LONGEST_TEXT} characters.")
    return value


def read_switch(value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError("it must be true or false.")
    return value


def read_whole(value: Any) -> int:
    """Read a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("it must be a whole number.")
    return value


def _read_number(value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= most:
        raise ValueError(f"it must be a number from 0 to {most:g}.")
    return float(value)


def read_seconds(value: Any) -> float:
    """Read a time in seconds."""
    return _read_number(value, LONGEST_S)


def read_share(value: Any) -> float:
    """Read a share, from 0 to 1."""
    return _read_number(value, 1)


def read_one_of(*words: str) -> Callable[[Any], str]:
    """Return a reader of one of these words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"it must be one of {', '.join(words)}.")
        return str(value)

    return read


def read_operator(value: Any) -> Operator:
    """Read an operator."""
    return Operator(read_one_of(*Operator)(value))


def read_own(value: Any) -> Own:
    """Read one of our accounts."""
    return Own(read_one_of(*Own)(value))


def read_kind(value: Any) -> str:
    """Read where a scenario counts."""
    return read_one_of(*Kind, CHECK)(value)


def read_kinds(value: Any) -> tuple[str, ...]:
    """Read kinds of fault."""
    if not isinstance(value, list):
        raise ValueError("it must be a list.")
    return tuple(read_one_of(*KINDS)(kind) for kind in value)


def read_party(value: Any) -> str:
    """Read a number in any Zambian spelling, or a foreign one with its country code."""
    try:
        return parse_msisdn(value).digits
    except BadMsisdn:
        if isinstance(value, str) and _FOREIGN.fullmatch(value):
            return value
        raise ValueError("it must be a phone number.") from None


def read_money(given: Input) -> Callable[[Any], Money]:
    """Return a reader of an amount in the currency that the input names, else in kwacha."""
    code = given.optional("currency", read_one_of(*CURRENCIES)) or ZMW.code

    def read(value: Any) -> Money:
        try:
            amount = parse_money(value, CURRENCIES[code])
        except BadAmount:
            raise ValueError("it must be an amount like 250.00.") from None
        if amount.minor < 0:
            raise ValueError("it must not be below zero.")
        return amount

    return read


def read_host(value: Any) -> str:
    """Read a host's name."""
    if not is_host(value):
        raise ValueError("it must be a host's name, without scheme and port; MTN takes no address.")
    return str(value).lower()


def read_url(value: Any) -> str:
    """Read a web address, or nothing."""
    text = read_text(value)
    if text and not _is_url(text):
        raise ValueError("it must be an http or https address.")
    return text


def _is_url(text: str) -> bool:
    try:
        target = urlsplit(text)
        return target.scheme in {"http", "https"} and bool(target.hostname)
    except ValueError:
        return False


def _read_reason(value: Any) -> str:
    try:
        return read_reason(read_text(value))
    except ValueError as error:
        raise ValueError(f"{error}.") from error


def _read_minor(value: Any) -> int:
    if not 0 <= read_whole(value) <= MOST_MINOR:
        raise ValueError(f"it must be from 0 to {MOST_MINOR}.")
    return int(value)


_KNOBS: Mapping[str, Callable[[Any], Any]] = {
    "approval_s": read_seconds,
    "payout_s": read_seconds,
    "airtel_payout_s": read_seconds,
    "hold_s": read_seconds,
    "answer_after_s": read_seconds,
    "starting_balance_minor": _read_minor,
    "payer_short_reason": _read_reason,
    "reason_form": read_one_of("string", "object", "absent"),
    "callback_method": read_one_of("PUT", "POST"),
    "refusals_as": read_one_of("status", "http"),
    "airtel_signing": read_switch,
    "airtel_kyc": read_switch,
    "airtel_balance": read_switch,
    "airtel_callback_url": read_url,
    "airtel_hash_key": read_text,
}
"""How each setting is read."""


def read_knobs(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read settings.

    Raises:
        ValueError: one is unknown or wrong.
    """
    unknown = given.keys() - {field.name for field in fields(Knobs)}
    if unknown:
        raise ValueError(f"There is no setting {', '.join(sorted(unknown))}.")
    return {name: _read(name, value, _KNOBS[name]) for name, value in given.items()}
