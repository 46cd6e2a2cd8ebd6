"""Scenarios: what goes wrong with an order or a call, as a text like `pending 40s; callback lost; success`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from flash.simulator.names import Kind
from flash.simulator.reasons import read_reason

LONGEST_TEXT = 500


class Answer(Enum):
    """What happens to the answer of one call. The first group comes before anything is done, the second after."""

    TIME_OUT = auto()
    UNAVAILABLE = auto()
    THROTTLED = auto()
    HTML = auto()
    TOKEN_EXPIRES = auto()
    NOT_FOUND = auto()

    ACCEPT_THEN_TIME_OUT = auto()
    DONE_BUT_500 = auto()
    CUT = auto()


class BadScenario(ValueError):
    """The text says something that is no scenario; the message names the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a scenario's text means; by default nothing goes wrong.

    Attributes:
        fails: the reason that the order ends with.
        refused: the reason for which the order is refused at once, so that nothing is created.
        pending: how long the order is open instead of the usual time.
        for_ever: the order never ends.
        delay_factor: how many times the usual time the order takes.
        ambiguous: Airtel says TA for so long; None is never, and the longest timedelta is for ever.
        answer: what happens to the answer of the call, for the first `times` calls with one reference.
        slow_s: real seconds that the answer is kept back.
        hidden: for so long after the order a status query answers 404.
        silent: for so long after the order every call about it times out, though it exists.
        callbacks: how many callbacks are sent.
        callback_late: how much later than the end.
        callback_says: the reason that the callback tells instead of the truth; empty is success.
        amount: the amount that is reported, or with `amount_more` the difference to it.
        party: the number that is reported.
        reason_form: `string`, `object` or `absent`.
        unquoted: amount and number are reported as JSON numbers.
        inactive: the active check says no.
        not_found: there is no such wallet.
    """

    text: str = ""
    fails: str | None = None
    refused: str | None = None
    pending: timedelta | None = None
    for_ever: bool = False
    delay_factor: int = 1
    ambiguous: timedelta | None = None
    answer: Answer | None = None
    times: int = 1
    slow_s: float = 0.0
    hidden: timedelta = timedelta()
    silent: timedelta = timedelta()
    callbacks: int = 1
    callback_late: timedelta = timedelta()
    callback_says: str | None = None
    amount: Decimal | None = None
    amount_more: Decimal | None = None
    party: str | None = None
    reason_form: str | None = None
    unquoted: bool = False
    inactive: bool = False
    not_found: bool = False

    def delay(self, usual: timedelta) -> timedelta | None:
        """Return how long the order is open; None is for ever."""
        if self.for_ever:
            return None
        return self.pending if self.pending is not None else usual * self.delay_factor

    def with_callbacks_of(self, fault: "Scenario") -> "Scenario":
        """Return this with the callbacks of another that changes them."""
        return self if fault.callbacks == 1 else replace(self, callbacks=fault.callbacks)


NOTHING = Scenario()

_SECONDS = r"(?P<seconds>\d{1,6}(?:\.\d{1,3})?) ?s"
_AMOUNT = r"(?P<amount>\d{1,10}(?:\.\d{1,4})?)"

Changes = Mapping[str, Any]


def _fixed(**changes: Any) -> Callable[[re.Match[str]], Changes]:
    return lambda _: changes


def _time(field: str, default_s: float | None = None) -> Callable[[re.Match[str]], Changes]:
    def read(match: re.Match[str]) -> Changes:
        return {field: timedelta(seconds=float(match["seconds"] or default_s or 0))}

    return read


def _pending(match: re.Match[str]) -> Changes:
    return _time("pending")(match) if match["seconds"] else {"for_ever": True}


def _ambiguous(match: re.Match[str]) -> Changes:
    return _time("ambiguous")(match) if match["seconds"] else {"ambiguous": timedelta.max}


def _callback_says(match: re.Match[str]) -> Changes:
    word = match["reason"]
    return {"callback_says": "" if word == "success" else read_reason(word)}


_STEPS: tuple[tuple[str, Callable[[re.Match[str]], Changes]], ...] = (
    ("success", _fixed(fails=None)),
    (r"failed (?P<reason>\w+)", lambda match: {"fails": read_reason(match["reason"])}),
    (r"refused (?P<reason>\w+)", lambda match: {"refused": read_reason(match["reason"])}),
    (rf"pending(?: {_SECONDS})?", _pending),
    (r"delay x ?(?P<factor>[1-9]\d{0,3})", lambda match: {"delay_factor": int(match["factor"])}),
    (rf"ambiguous(?: {_SECONDS})?", _ambiguous),
    ("callback lost", _fixed(callbacks=0)),
    (rf"callback late {_SECONDS}", _time("callback_late")),
    ("duplicate callbacks", _fixed(callbacks=3)),
    (r"callback says (?P<reason>\w+)", _callback_says),
    ("accept then time out", _fixed(answer=Answer.ACCEPT_THEN_TIME_OUT)),
    ("time out", _fixed(answer=Answer.TIME_OUT)),
    ("cut", _fixed(answer=Answer.CUT)),
    (rf"404 then found(?: {_SECONDS})?", _time("hidden", 20)),
    ("404", _fixed(answer=Answer.NOT_FOUND)),
    (rf"silent {_SECONDS}", _time("silent")),
    ("500 but done", _fixed(answer=Answer.DONE_BUT_500)),
    ("503", _fixed(answer=Answer.UNAVAILABLE)),
    ("429", _fixed(answer=Answer.THROTTLED)),
    ("html 200", _fixed(answer=Answer.HTML)),
    ("token expires", _fixed(answer=Answer.TOKEN_EXPIRES)),
    (r"times (?P<times>[1-9]\d{0,3})", lambda match: {"times": int(match["times"])}),
    (rf"slow {_SECONDS}", lambda match: {"slow_s": float(match["seconds"])}),
    (rf"amount {_AMOUNT}", lambda match: {"amount": Decimal(match["amount"])}),
    (rf"amount \+{_AMOUNT}", lambda match: {"amount_more": Decimal(match["amount"])}),
    (r"party (?P<party>\d{6,15})", lambda match: {"party": match["party"]}),
    ("reason (?P<form>string|object|absent)", lambda match: {"reason_form": match["form"]}),
    ("inactive", _fixed(inactive=True)),
    ("not found", _fixed(not_found=True)),
    ("unquoted", _fixed(unquoted=True)),
)
"""Every step: how it is written, and what it changes."""

_READERS = tuple((re.compile(pattern, re.IGNORECASE), read) for pattern, read in _STEPS)


def parse_scenario(text: str) -> Scenario:
    """Read a scenario; a later step wins over an earlier one.

    Raises:
        BadScenario: with the step that cannot be read.
    """
    if len(text) > LONGEST_TEXT:
        raise BadScenario(f"A scenario has at most {LONGEST_TEXT} characters.")
    changes: dict[str, Any] = {}
    for step in filter(None, (" ".join(part.split()) for part in text.split(";"))):
        changes |= _read_step(step)
    return Scenario(text=text, **changes)


def _read_step(step: str) -> Changes:
    for pattern, read in _READERS:
        if match := pattern.fullmatch(step):
            try:
                return read(match)
            except ValueError as error:
                raise BadScenario(f"The step {step!r} cannot be used: {error}.") from error
    raise BadScenario(f"The step {step!r} is not known.")


CHECK = "check"
"""Where a scenario may be set besides the kinds of order: for the active check."""

PAYER_CODES: Mapping[str, str] = {
    "61": "failed not_enough_funds",
    "62": "failed payer_refused",
    "63": "failed prompt_expired",
    "64": "refused payer_not_found",
    "66": "failed payer_limit_reached",
    "67": "failed other",
}
PAYEE_CODES: Mapping[str, str] = {
    "71": "refused payee_not_found",
    "72": "failed payee_limit_reached",
    "73": "failed payee_not_allowed",
    "74": "failed float_too_low",
    "76": "not found",
    "77": "failed other",
}
BOTH_CODES: Mapping[str, str] = {
    "81": "pending",
    "82": "delay x6",
    "83": "amount +1.00",
    "84": "silent 40s",
    "86": "404 then found 40s",
}
WAY_BACK_CODES: Mapping[str, str] = {"91": "failed other"}
"""Of payouts too, for that is how money goes back at Airtel."""

_BY_CODE: Mapping[str, Mapping[str, Scenario]] = {
    of: {code: parse_scenario(text) for code, text in codes.items()}
    for of, codes in (
        (Kind.COLLECTION, {**PAYER_CODES, **BOTH_CODES}),
        (Kind.DISBURSEMENT, {**PAYEE_CODES, **BOTH_CODES, **WAY_BACK_CODES}),
        (Kind.REFUND, WAY_BACK_CODES),
        (CHECK, {"76": "inactive"}),
    )
}
"""The codes of docs/sandbox.md, the end of a test number 09x 0000 0NN, as an operator would show them."""

_TEST_NUMBER = re.compile(r"260\d{2}00000(\d{2})")


def built_in(party: str, of: str) -> Scenario:
    """Return what a Zambian test number means for this kind of order, or for the active check."""
    match = _TEST_NUMBER.fullmatch(party)
    return _BY_CODE[of].get(match[1], NOTHING) if match else NOTHING
