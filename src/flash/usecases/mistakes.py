"""What may be told of a mistake of ours."""

import logging
import traceback

MISTAKE = "mistake"
"""The attribute of a log record that holds the exception, for whoever collects mistakes; formatters do not show it."""


def without_values(error: BaseException) -> str:
    """Return the traceback without the messages: those of databases, parsers and HTTP quote what people entered."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        told += traceback.format_tb(cause.__traceback__)
        told.append(f"{type(cause).__module__}.{type(cause).__qualname__}\n")
        cause = cause.__cause__ or cause.__context__
    return "".join(told)


def tell(log: logging.Logger, error: BaseException, message: str, *values: object) -> None:
    """Log a mistake of ours, with a message as `logging` takes it and the traceback without values."""
    log.error(f"{message}\n%s", *values, without_values(error), extra={MISTAKE: error}, stacklevel=2)  # noqa: G004
