"""Programs of the system that some tests need, and a developer's machine may not have."""

import os
import shutil
from pathlib import Path

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
    if found := shutil.which(name):
        return Path(found)
    told = f"{name} is not installed: apt-get install {apt}"
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)
