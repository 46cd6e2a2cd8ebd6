"""A statement of a hundred thousand rows takes no more memory than one of ten thousand, in any format."""

import subprocess
import sys
from pathlib import Path

from flash.adapters.account_statements import FORMATS

SLACK_KIB = 2048
"""A growing list of the rows would need twenty times as much."""


def test_a_hundred_thousand_rows_take_no_more_memory_than_ten_thousand() -> None:
    program = Path(__file__).with_name("statement_memory.py")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True, timeout=300)
    peaks = {name: (int(few), int(many)) for name, few, many in map(str.split, done.stdout.splitlines())}
    assert peaks.keys() == FORMATS.keys()
    for name, (few, many) in peaks.items():
        assert many - few < SLACK_KIB, (name, few, many)
