"""A run as lines for people: when, who, what, and at the end what was broken."""

from collections.abc import Iterator

from flash.simulation.run import Result


def told(result: Result) -> Iterator[str]:
    """Yield the story of a run, one short line for each thing that happened."""
    width = max((len(actor) for _, actor, _ in result.story), default=0)
    for milliseconds, actor, text in result.story:
        minutes, rest = divmod(milliseconds, 60_000)
        since = f"{minutes // 60:2}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
        yield f"{since}  {actor:<{width}}  {text}"


def summary(result: Result) -> str:
    """Return what became of a run, in a line."""
    if not result.breaks:
        return f"seed {result.seed}: nothing is broken; {', '.join(result.ends) or 'nothing was accepted'}"
    first = result.breaks[0]
    return f'seed {result.seed} breaks "{first.invariant}" with {len(result.strokes)} strokes of bad luck: {first.told}'
