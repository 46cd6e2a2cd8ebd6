"""Make the story of a broken run short: leave out all bad luck that it does not need."""

from collections.abc import Iterable, Sequence

from flash.simulation.invariants import INVARIANTS, Invariant
from flash.simulation.run import Result, run_seed

MOST_RUNS = 400


def shrink(result: Result, *, store: str = "memory", invariants: Iterable[Invariant] = INVARIANTS) -> Result:
    """Return a run of the same seed that breaks the same invariant with as little bad luck as could be found.

    Strokes are spared in halves, quarters and so on, then one by one, for as long as that helps.

    Args:
        result: a run that broke something.
        store: what it ran on.
        invariants: what was checked.
    """
    if not result.breaks:
        return result
    broken, checked = result.breaks[0].invariant, tuple(invariants)
    spared: frozenset[str] = frozenset()
    runs, size = 0, max(1, len(result.strokes) // 2)
    while runs < MOST_RUNS:
        smaller = None
        for part in _parts(result.strokes, size):
            runs += 1
            tried = run_seed(result.seed, store=store, spared=spared | part, invariants=checked)
            if tried.breaks and tried.breaks[0].invariant == broken and len(tried.strokes) < len(result.strokes):
                smaller, spared = tried, spared | part
                break
            if runs == MOST_RUNS:
                break
        if smaller is not None:
            result = smaller
        elif size == 1:
            return result
        size = max(1, min(size, len(result.strokes)) // (1 if smaller else 2))
    return result


def _parts(strokes: Sequence[str], size: int) -> list[frozenset[str]]:
    """Return the strokes in parts of a size, the latest first: what came late is the least often needed."""
    return [frozenset(strokes[max(0, end - size) : end]) for end in range(len(strokes), 0, -size)]
