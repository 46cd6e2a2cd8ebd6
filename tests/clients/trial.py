"""What the Python clients share: the stand-in's control API, and telling the runner what a library saw.

It runs beside the libraries and needs nothing but Python. Every line on standard output is a JSON object.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from typing import Any, TypeVar
from urllib.request import Request, urlopen
from uuid import UUID

URL = os.environ["STAND_IN_URL"]

SANDBOX = {str(ending): f"46733123{ending}" for ending in (499, *range(450, 465))}
CHECKED = tuple(str(ending) for ending in range(450, 458))
ZAMBIA_PAYERS = {ending: f"260960000{ending}" for ending in ("000", "062", "081")}
ZAMBIA_PAYEES = {ending: f"260960000{ending}" for ending in ("000", "074", "081")}
"""By the digits that decide what happens."""

Case = TypeVar("Case")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a library says about an order."""

    status: str
    reason: str | None
    amount: str | None
    currency: str | None
    party: str | None
    external_id: str | None
    operator_id: str | None

    def __str__(self) -> str:
        known = "has MTN's id" if self.operator_id else "no id of MTN's"
        return f"{self.amount} {self.currency}, {self.party}, {self.external_id}, {known}"


def control(path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Call the stand-in's control API; with a body it is a POST."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{URL}/control/{path}", data)) as answer:
        return json.load(answer)


def begin(library: str) -> None:
    """Tell the runner the library's version."""
    _tell(version=version(library))


def report(operation: str, saw: object) -> None:
    """Tell the runner what the library saw; it knows what is right."""
    _tell(operation=operation, saw=saw)


def lacks(*operations: str, why: str = "the library has none") -> None:
    """Tell the runner what the library cannot do."""
    for operation in operations:
        _tell(operation=operation, lacks=why)


def _tell(**line: object) -> None:
    print(json.dumps(line), flush=True)


def describe_user(user: str, key: str) -> str:
    """Return what an API user and its key look like."""
    known = f"UUID {UUID(user).version}"
    return f"{known}, 32 hex digits" if re.fullmatch(r"[0-9a-f]{32}", key) else f"{known}, {key}"


def describe_token(token: str) -> str:
    """Return what an access token looks like."""
    return "JWT" if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token) else token


def describe_change(before: str, after: str, currency: str) -> str:
    """Return by how much a balance changed."""
    return f"{Decimal(after) - Decimal(before):+.2f} {currency}"


def try_orders(
    kind: str, cases: Mapping[str, Case], order: Callable[[Case], str], ask: Callable[[str], Seen]
) -> dict[str, str]:
    """Send an order for each case, look, let a minute pass on the stand-in's clock, and look again.

    Args:
        kind: the operation's name in the runner's table.
        cases: by a short name, what *order* is called with.
        order: sends an order, and returns its reference.
        ask: returns what became of it.

    Returns:
        The references, by the cases' names.
    """
    references = {name: order(case) for name, case in cases.items()}
    first = [ask(reference).status for reference in references.values()]
    control("clock", {"advance_s": 60})
    seen = {name: ask(reference) for name, reference in references.items()}
    pending = " and ".join(name for name, each in seen.items() if each.status == "PENDING")
    report(f"{kind}, pending", f"{first.count('PENDING')} at first, later {pending}")
    successful = {name: str(each) for name, each in seen.items() if each.status == "SUCCESSFUL"}
    report(f"{kind}, successful", successful)
    report(f"{kind}, failed", {name: each.reason for name, each in seen.items() if each.status == "FAILED"})
    return references
