"""Settings: the text of an ini file as typed values. The only reader of the process environment."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import TypeVar, cast

from plaster import PlasterError, parse_uri
from plaster_pastedeploy import Loader

T = TypeVar("T")

FROM_ENVIRONMENT = "env:"
"""A value `env:NAME` is read from the environment variable NAME, because an ini file should not hold secrets."""

OR, NOTHING = " or ", "nothing"
"""In `env:A or env:B or text` the first that is there counts; `or nothing` at the end makes it optional."""


class BadSettings(Exception):
    """Settings that the service cannot start with.

    Attributes:
        problems: one line each, naming the key and never its value.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("the settings cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))


class Settings:
    """The application's section of an ini file.

    Args:
        values: key to text.
        environ: where `env:NAME` is looked up.
    """

    def __init__(self, values: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> None:
        self._values = values
        self._environ = environ

    def under(self, prefix: str) -> dict[str, str]:
        """Return key (without the prefix) to raw text for every key with this prefix."""
        return {key.removeprefix(prefix): text for key, text in self._values.items() if key.startswith(prefix)}

    def with_values(self, values: Mapping[str, str]) -> "Settings":
        """Return the same settings with some of them changed."""
        return Settings({**self._values, **values}, self._environ)

    @contextmanager
    def reading(self) -> Iterator["Reader"]:
        """Read several settings and hear of all that is wrong with them at once.

        Raises:
            BadSettings: at the end of the block, when any of them is missing or wrong.
        """
        reader = Reader(self._text)
        yield reader
        if reader.problems:
            raise BadSettings(reader.problems)

    def _text(self, key: str) -> str:
        text = self._values.get(key, "").strip()
        if not text.startswith(FROM_ENVIRONMENT):
            return text
        first, *others = text.split(OR)
        for choice in (first, *others):
            if not choice.startswith(FROM_ENVIRONMENT):
                return "" if choice == NOTHING else choice
            if found := self._environ.get(choice.removeprefix(FROM_ENVIRONMENT), "").strip():
                return found
        raise LookupError(f"the environment variable {first.removeprefix(FROM_ENVIRONMENT)} is missing or empty")


class Reader:
    """Reads settings and collects what is wrong. See `Settings.reading`."""

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self.text_of = text_of
        self.problems: list[str] = []

    def __call__(self, key: str, parse: Callable[[str], T], default: str | None = None) -> T:
        """Return the parsed value, or the parsed *default* when there is none.

        The first line of *parse*'s docstring, after "Read", tells what a wrong value should have been. What is returned
        for one is never used, because leaving the block raises.
        """
        try:
            text = self.text_of(key) or default
            if text is None:
                raise LookupError("missing or empty")
            return parse(text)
        except LookupError as error:
            self.problem(key, str(error.args[0]))
        except (ValueError, ArithmeticError):
            expected = (parse.__doc__ or "").partition("\n")[0].removeprefix("Read ").rstrip(".")
            self.problem(key, f"is not {expected}" if isinstance(parse, FunctionType) else "cannot be used")
        return cast(T, None)

    def part(self, make: Callable[[], T]) -> T:
        """Return what *make* makes, or note what it finds wrong with its own settings."""
        try:
            return make()
        except BadSettings as error:
            self.problems.extend(error.problems)
        return cast(T, None)

    def problem(self, key: str, what: str) -> None:
        """Note that something is wrong with a key."""
        self.problems.append(f"{key}: {what}")


def load(ini: str) -> Settings:
    """Return the application's section of an ini file, over what it inherits by `use = config:`.

    PasteDeploy could do this, but it would import the web application into every worker and command.

    Raises:
        BadSettings: the file is missing or has no such section.
    """
    return Settings(_inherited(Path(ini)))


def _inherited(ini: Path) -> dict[str, str]:
    try:
        # By its own name, because plaster would look through all installed packages for whoever reads such files.
        values = dict(Loader(parse_uri(str(ini))).get_settings("app:main"))
    except (PlasterError, LookupError, OSError) as error:
        raise BadSettings([f"{ini}: cannot be read ({type(error).__name__})"]) from error
    if not values:
        raise BadSettings([f"{ini}: there is no section [app:main]"])
    kind, _, parent = values.pop("use", "").partition(":")
    return {**_inherited(ini.parent / parent), **values} if kind == "config" else values


def flag(text: str) -> bool:
    """Read true or false, and nothing else."""
    if text.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text.lower() == "true"


def seconds(text: str) -> float:
    """Read a duration in seconds, zero or more."""
    return _at_least_zero(float(text))


def above_zero(text: str) -> float:
    """Read a duration in seconds, more than zero."""
    value = seconds(text)
    if value == 0:
        raise ValueError("zero")
    return value


def share(text: str) -> float:
    """Read a share between 0 and 1."""
    value = _at_least_zero(float(text))
    if value > 1:
        raise ValueError("above 1")
    return value


def whole(text: str) -> int:
    """Read a whole number, one or more."""
    value = int(text)
    if value < 1:
        raise ValueError("below 1")
    return value


def _at_least_zero(value: float) -> float:
    if not 0 <= value < float("inf"):
        raise ValueError("negative or no number")
    return value
