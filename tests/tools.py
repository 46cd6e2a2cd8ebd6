"""Programs of the system that some tests need, and a developer's machine may not have."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def needs_root(what: str) -> None:
    """Skip the test for anybody else but root; in CI, which is root, nothing is skipped."""
    if os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip(f"{what} takes root")


def program(name: str, *, apt: str) -> Path:
    """Return where a program is; without it the test is skipped, in CI (which installs it) it fails.

    Args:
        name: the program, like `promtool`.
        apt: the package of Debian that has it.
    """
    found = shutil.which(name)
    if found is None:
        _missing(f"{name} is not installed: apt-get install {apt}")
    return Path(found)


def from_npm(folder: Path, path: str) -> Path:
    """Return a file of a package that a folder's package.json names; as `program` does, when it was not fetched."""
    found = folder / "node_modules" / path
    if not found.exists():
        _missing(f"{path} is not there: cd {folder} && npm ci --ignore-scripts")
    return found


def _missing(told: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)
