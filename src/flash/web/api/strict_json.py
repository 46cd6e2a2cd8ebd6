"""JSON as it should be: exact numbers, no name twice, and only text that can be stored."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from flash.domain.errors import BadInput

NOT_JSON = "This is not valid JSON."
DEEPEST = 50


def parse_json(body: bytes) -> Any:
    """Parse a request's body. Numbers with a point or an exponent are Decimal, so that no digit is lost.

    Raises:
        BadInput: it is no JSON, names a field twice, is nested too deeply, or has text that cannot be stored.
    """
    try:
        parsed = json.loads(
            body.decode(), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_without_doubles
        )
        _check(parsed)
    except (ValueError, ArithmeticError, RecursionError):  # ArithmeticError: an exponent beyond Decimal's own bounds.
        raise BadInput(NOT_JSON) from None
    return parsed


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("which of the two should count?")
    return found


def _check(value: Any, depth: int = 0) -> None:
    """Refuse NUL, which no database stores, half of a surrogate pair, which is no character, and deep nesting."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    match value:
        case str():
            if "\0" in value:
                raise ValueError("NUL")
            value.encode()
        case dict():
            for name, inner in value.items():
                _check(name, depth + 1)
                _check(inner, depth + 1)
        case list():
            for inner in value:
                _check(inner, depth + 1)
