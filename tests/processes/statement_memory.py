"""How much memory writing many rows takes: run by test_statement_memory.py, in a process of its own."""

import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from flash.adapters.account_statements import FORMATS
from flash.domain.account_statement import Line, Period, Statement
from flash.domain.history import Totals
from flash.domain.money import Money
from flash.ports.account_statements import Cover

PERIOD = Period(first=date(2026, 1, 1), last=date(2026, 12, 31), until=datetime(2026, 12, 31, 22, tzinfo=UTC))


def lines(count: int) -> Iterator[Line]:
    for number in range(count):
        yield Line(
            at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
            number=f"FL20261123{number:010}",
            what="sent",
            person=f"Ŋombe {number}",
            phone="+260970000002",
            description=f"=number {number}",
            amount=Money(100 + number),
            fee=Money(number % 3),
        )


def peak_of(suffix: str, count: int) -> int:
    """Write a file of so many rows, and return the most memory that this program ever had, in KiB.

    Not `getrusage`: what that tells begins with the memory of whoever started us, which would hide ours.
    """
    with tempfile.TemporaryFile() as file:
        FORMATS[suffix].write(file, Cover("Title", "About"), Statement(PERIOD, "001", Totals()).rows(lines(count)))
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak)


if __name__ == "__main__":
    for name in FORMATS:
        sys.stdout.write(f"{name} {peak_of(name, 10_000)} {peak_of(name, 100_000)}\n")
