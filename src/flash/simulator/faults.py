"""Faults by chance: a share of all calls goes wrong, drawn from a seed."""

import random
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from threading import Lock

from flash.simulator.scenarios import NOTHING, Scenario, parse_scenario


class Role(Enum):
    """What a call is for, which decides what can go wrong with it."""

    TOKEN = auto()
    ORDER = auto()
    STATUS = auto()
    OTHER = auto()


_ANY = frozenset(Role)
_WITH_TOKEN = _ANY - {Role.TOKEN}

KINDS: Mapping[str, frozenset[Role]] = {
    "503": _ANY,
    "500 but done": _ANY,
    "accept then time out": _ANY,
    "time out": _ANY,
    "cut": _ANY,
    "html 200": _ANY,
    "token expires": _WITH_TOKEN,
    "slow": _ANY,
    "404": frozenset({Role.STATUS}),
    "duplicate callbacks": frozenset({Role.ORDER}),
    "callback lost": frozenset({Role.ORDER}),
}
"""What can happen, and to which calls."""

SLOW = "slow 12s"
"""Longer than most clients wait, shorter than the longest hold."""


class Faults:
    """Draws a fault for a call, or none. One seed and one order of calls give the same faults."""

    def __init__(self, rate: float = 0.0, seed: int = 0, kinds: Sequence[str] = tuple(KINDS)) -> None:
        """Let *rate* of all calls go wrong, from 0 to 1."""
        self.rate = rate
        self.seed = seed
        self.kinds = tuple(kinds)
        # It decides what breaks, and guards nothing.
        self._random = random.Random(seed)  # noqa: S311
        self._lock = Lock()

    def draw(self, role: Role) -> Scenario:
        """Return what goes wrong with this call."""
        kinds = [kind for kind in self.kinds if role in KINDS[kind]]
        with self._lock:
            if not kinds or self._random.random() >= self.rate:
                return NOTHING
            kind = self._random.choice(kinds)
        return parse_scenario(SLOW if kind == "slow" else kind)
