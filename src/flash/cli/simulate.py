"""`flash simulate`: proof by seed that the money adds up whatever happens."""

import sys
import time
from collections import Counter

import click

from flash.simulation.run import STORES, Result, run_seed
from flash.simulation.shrink import shrink
from flash.simulation.story import summary, told

MOST_STORIES = 3
"""So many broken seeds are shrunk and told; more only cost time."""


@click.command()
@click.option("--seeds", default=1000, show_default=True, type=click.IntRange(min=1), help="How many to run.")
@click.option("--first-seed", default=1, show_default=True, help="The first of them.")
@click.option("--seed", type=int, help="Run this one only.")
@click.option("--story", is_flag=True, help="Tell everything that happened in the one seed.")
@click.option("--store", default="memory", show_default=True, type=click.Choice(STORES), help="What to run on.")
def simulate(*, seeds: int, first_seed: int, seed: int | None, story: bool, store: str) -> None:
    """Run the core against operators that lie, while processes die; exit with 1 when anything is broken.

    Nothing outside this process is touched. A seed is the same run on every machine.
    """
    if story and seed is None:
        raise click.UsageError("--story tells of one seed: name it with --seed.")
    if seed is not None:
        sys.exit(_one(seed, store, story=story))
    began, broken, ends = time.monotonic(), 0, Counter[str]()
    for number in range(first_seed, first_seed + seeds):
        result = run_seed(number, store=store)
        ends.update(result.ends)
        if result.breaks:
            broken += 1
            click.echo(summary(result))
            if broken <= MOST_STORIES:
                _tell_shrunk(result, store)
    what = ", ".join(f"{count} {state}" for state, count in sorted(ends.items()))
    click.echo(f"{seeds} seeds on {store} in {time.monotonic() - began:.0f} s: {ends.total()} transfers ({what}).")
    click.echo(f"{broken} seeds are broken." if broken else "Nothing is broken.")
    sys.exit(1 if broken else 0)


def _one(seed: int, store: str, *, story: bool) -> int:
    result = run_seed(seed, store=store)
    if story:
        for line in told(result):
            click.echo(line)
    click.echo(summary(result))
    if result.breaks and not story:
        _tell_shrunk(result, store)
    return 1 if result.breaks else 0


def _tell_shrunk(result: Result, store: str) -> None:
    """Tell a broken run with all the bad luck left out that it does not need."""
    short = shrink(result, store=store)
    click.echo(f"Without what it does not need, {len(short.strokes)} strokes of bad luck are left:")
    for line in told(short):
        click.echo(f"  {line}")
    click.echo(f"All of it: flash simulate --seed {result.seed} --store {store} --story")
