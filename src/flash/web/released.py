"""What takes long happens outside the request's transaction, so that nobody waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def released(request: Any) -> Iterator[None]:
    """End the request's transaction, which has only read, and begin another one afterwards.

    What was read before may have changed by then.
    """
    request.tm.abort()
    try:
        yield
    finally:
        request.tm.begin()
