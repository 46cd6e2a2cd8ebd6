"""A list of checks, each of which turns its own line red and no other."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flash.ports.provider import Finding


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list.

    Attributes:
        subject: what is looked at, in a word.
        look: looks at it.
        needs: subjects without which there is nothing to look at.
    """

    subject: str
    look: Callable[[], Finding]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one check.

    Attributes:
        good: whether all is well; None when it could not be looked at, because of something that has its own line.
    """

    subject: str
    good: bool | None
    told: str

    def __str__(self) -> str:
        mark = {True: "ok ", False: "BAD", None: "-- "}[self.good]
        return f"{mark} {self.subject}: {self.told}"


def go_through(checks: Iterable[Check]) -> Iterator[Line]:
    """Yield a line for each check, as soon as it is known."""
    well = set()
    for check in checks:
        missing = [subject for subject in check.needs if subject not in well]
        if missing:
            yield Line(check.subject, None, f"Not looked at: it needs {missing[0]}.")
            continue
        line = _line(check)
        if line.good:
            well.add(check.subject)
        yield line


def _line(check: Check) -> Line:
    try:
        found = check.look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this line has to tell
        return Line(check.subject, False, f"It could not be looked at ({type(error).__name__}); the log may say more.")
    mend = f" {found.mend}" if found.mend and not found.good else ""
    return Line(check.subject, found.good, f"{found.told}{mend}")
