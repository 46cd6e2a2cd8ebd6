"""The signature of events, and the recipe that partners are given for it."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flash.domain.event import TOLERANCE, is_genuine, signature
from flash.domain.webhook import FIRST_REST, LONGEST_REST, rest

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"
BODY, SECRET, OLD = b'{"id":"1"}', "whsec_new", "whsec_old"
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def recipe():
    """The function that docs/events.md tells partners to write."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S)
    found: dict = {}
    exec(code, found)
    return found["is_genuine"]


def test_the_recipe_of_the_document_believes_what_we_sign_and_nothing_else():
    check = recipe()
    now = datetime.fromtimestamp(time.time(), UTC)
    header = signature(BODY, [SECRET, OLD], now)
    assert check(header, BODY, SECRET)
    assert check(header, BODY, OLD)
    assert not check(header, BODY, "whsec_other")
    assert not check(header, BODY + b" ", SECRET)
    assert not check(signature(BODY, [SECRET], now - TOLERANCE - timedelta(seconds=2)), BODY, SECRET)


def test_a_signature_is_believed_for_five_minutes():
    header = signature(BODY, [SECRET], NOW)
    assert is_genuine(header, BODY, SECRET, NOW + TOLERANCE)
    assert not is_genuine(header, BODY, SECRET, NOW + TOLERANCE + timedelta(seconds=1))
    assert not is_genuine(header, BODY, SECRET, NOW - TOLERANCE - timedelta(seconds=1))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        "t=x,v1=y",
        "t=1",
        "v1=abc",
        "t=1,t=1,v1=a",
        "t=1764057600,v1=\u00e9",
        "=,=,=",
        f"t={NOW.timestamp():012.0f}" + "0" * 5000 + ",v1=a",
    ],
)
def test_what_is_no_signature_is_not_believed(header):
    assert not is_genuine(header, BODY, SECRET, NOW)
    assert not recipe()(header, BODY, SECRET)


def test_rests_grow_to_their_longest():
    rests = [rest(failures, 0.5) for failures in range(1, 40)]
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (FIRST_REST, LONGEST_REST)
