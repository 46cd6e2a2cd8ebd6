"""What may be logged of a mistake of ours."""

import traceback


def without_values(error: BaseException) -> str:
    """Return the traceback without the messages: those of databases, parsers and HTTP quote what people entered."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        told += traceback.format_tb(cause.__traceback__)
        told.append(f"{type(cause).__module__}.{type(cause).__qualname__}\n")
        cause = cause.__cause__ or cause.__context__
    return "".join(told)
