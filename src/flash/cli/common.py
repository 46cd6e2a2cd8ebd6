"""What commands have in common: the settings of the profile, and clear words when something is wrong."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from flash.domain.errors import Refusal
from flash.settings import BadSettings, load


@contextmanager
def clear_words() -> Iterator[None]:
    """Turn what the person can mend into one message; anything else stays a traceback."""
    try:
        yield
    except BadSettings as error:
        raise click.ClickException(str(error)) from error
    except Refusal as error:
        raise click.ClickException(error.text) from error
    except OperationalError as error:
        told = str(error.orig).partition("\n")[0]
        raise click.ClickException(f"The database cannot be used ({told}). Was `flash migrate` run?") from error


def with_settings(function: Callable[..., None]) -> Any:
    """Give a command the settings of the profile as its first argument."""

    @click.pass_context
    @wraps(function)
    def command(context: click.Context, *args: Any, **kwargs: Any) -> None:
        with clear_words():
            function(load(context.obj), *args, **kwargs)

    return command


def asked_password(prompt: str = "Password: ") -> str:
    """Return a password that is typed unseen, or the next line of standard input where nobody types."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
