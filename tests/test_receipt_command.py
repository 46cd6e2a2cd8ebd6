"""`flash receipt check` and the recipe of docs/receipts.md: a code is checked with the published keys alone."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from factories import ROOT, money
from flash.adapters.ed25519_seals import Ed25519Seals
from flash.adapters.memory import MemoryClock
from flash.cli.main import main
from flash.domain.receipt import Receipt, Standing, packed
from flash.domain.seal import code_of

SEALS = Ed25519Seals({1: b"a secret of the tests", 2: b"another secret of the tests"})
OTHER = Ed25519Seals({2: b"the secret of somebody else"})
AT = MemoryClock().now().replace(microsecond=0)
RETURNED = Receipt("FL20261123K7Q2M9XW4T", money("1250.00"), "002", AT, Standing.RETURNED)
CODE = code_of(SEALS.seal(packed(RETURNED)))
KEYS = {
    "keys": [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": base64.urlsafe_b64encode(key.raw).decode().rstrip("="),
            "number": key.number,
        }
        for key in SEALS.published()
    ]
}
LETTERS = "AMZ27"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(KEYS))
    return path


def check(code: str, keys: Path) -> Any:
    return CliRunner().invoke(main, ["--ini", "nowhere.ini", "receipt", "check", code, "--keys", str(keys)])


def changed_in_one_character(code: str) -> list[str]:
    """Every position, with several letters."""
    return [
        code[:place] + letter + code[place + 1 :]
        for place in range(len(code))
        for letter in LETTERS
        if letter != code[place]
    ]


def test_a_code_is_checked_without_settings_or_database(keys: Path) -> None:
    done = check(CODE, keys)
    assert done.exit_code == 0
    assert "Returned: K1,250.00 to the number that ends in 002" in done.output
    assert RETURNED.number in done.output
    assert "paid" not in done.output.casefold()


@pytest.mark.parametrize(
    "code", ["", "FL20261123K7Q2M9XW4T", CODE[:-1], CODE + "A", code_of(OTHER.seal(packed(RETURNED)))], ids=len
)
def test_what_was_not_sealed_by_these_keys_is_refused(keys: Path, code: str) -> None:
    done = check(code, keys)
    assert (done.exit_code, done.output) == (1, "Error: This code is not genuine.\n")


@pytest.mark.parametrize("text", ["", "[]", '{"keys": [1]}', '{"keys": [{"number": 1, "x": "AA"}]}'])
def test_a_file_that_holds_no_keys_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    done = check(CODE, path)
    assert done.exit_code == 1
    assert "is no file of keys." in done.output


def test_without_a_file_the_keys_of_the_profile_count() -> None:
    done = CliRunner().invoke(main, ["--ini", str(ROOT / "development.ini"), "receipt", "check", CODE])
    assert (done.exit_code, done.output) == (1, "Error: This code is not genuine.\n")


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    """The program of docs/receipts.md, as it stands there."""
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "receipts.md").read_text(), re.DOTALL)
    assert len(program.splitlines()) <= 40
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(program, "docs/receipts.md", "exec"), names)
    return names


def test_the_recipe_of_the_documentation_reads_what_was_sealed(recipe: dict[str, Any]) -> None:
    for standing in set(Standing) - {Standing.UNKNOWN}:
        receipt = Receipt(RETURNED.number, money("1250.00"), "002", AT, standing)
        assert recipe["check"](code_of(SEALS.seal(packed(receipt))), KEYS) == {
            "number": RETURNED.number,
            "amount": "1250.00",
            "last_three_digits": "002",
            "at": AT.isoformat(),
            "standing": standing.value,
        }


def test_a_code_changed_in_one_character_is_refused_offline(recipe: dict[str, Any], keys: Path) -> None:
    changed = changed_in_one_character(CODE)
    assert len(changed) > 4 * len(CODE)
    for code in changed:
        with pytest.raises(ValueError, match="not genuine"):
            recipe["check"](code, KEYS)
    for code in changed[:: len(CODE) // 4]:
        assert check(code, keys).exit_code == 1
