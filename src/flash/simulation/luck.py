"""Luck: every draw has a key of its own, so a seed is the same everywhere and sparing one stroke shifts no other."""

from collections.abc import Mapping
from hashlib import blake2b

WEATHER = (0, 1, 1, 4)
"""How often a kind of bad luck falls in a seed, as multiples: some kinds never, some very often."""


class Luck:
    """What happens by chance in one run.

    A draw depends on the seed, its label and how often that label was drawn before, and on nothing else: no clock, no
    order of sets, no generator that other draws advance.

    Attributes:
        over: whether the bad luck has ended for this run.
        strokes: the keys of the bad luck that fell, in order; the keys that `spared` takes.
    """

    def __init__(self, seed: int, spared: frozenset[str] = frozenset()) -> None:
        self.over = False
        self.strokes: list[str] = []
        self._seed = seed
        self._spared = spared
        self._counts: dict[str, int] = {}
        self._weather: dict[str, int] = {}

    def number(self, label: str, below: int) -> int:
        """Return a number from 0, which is neither good nor bad."""
        return self._draw(label)[1] % below

    def between(self, label: str, least: int, most: int) -> int:
        """Return a number from *least* to *most*, both included."""
        return least + self._draw(label)[1] % (most - least + 1)

    def strikes(self, label: str, per_mille: int) -> bool:
        """Return whether a stroke falls that no weather makes more or less likely."""
        key, value = self._draw(label)
        return value % 1000 < per_mille and self._falls(key)

    def stroke(self, label: str, chances: Mapping[str, int]) -> str:
        """Return which kind of bad luck falls, or nothing; the chances are per mille in ordinary weather."""
        key, value = self._draw(label)
        rest = value % 1000
        for kind, chance in chances.items():
            rest -= chance * self._weather_for(kind)
            if rest < 0:
                return kind if self._falls(key) else ""
        return ""

    def _falls(self, key: str) -> bool:
        if self.over or key in self._spared:
            return False
        self.strokes.append(key)
        return True

    def _weather_for(self, kind: str) -> int:
        if kind not in self._weather:
            self._weather[kind] = WEATHER[self._hash(f"weather {kind}") % len(WEATHER)]
        return self._weather[kind]

    def _draw(self, label: str) -> tuple[str, int]:
        count = self._counts.get(label, 0) + 1
        self._counts[label] = count
        key = f"{label} #{count}"
        return key, self._hash(key)

    def _hash(self, key: str) -> int:
        return int.from_bytes(blake2b(f"{self._seed}|{key}".encode(), digest_size=16).digest())
