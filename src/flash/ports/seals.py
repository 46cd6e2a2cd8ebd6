"""Who seals what others shall be able to check without asking us."""

from collections.abc import Callable, Sequence
from typing import Protocol

from flash.domain.seal import PublicKey

Open = Callable[[bytes], bytes]
"""`Seals.opened` by itself: all that whoever checks needs."""


class Seals(Protocol):
    """Signs with a key that rotates, and checks what any key signed that is still trusted."""

    def seal(self, content: bytes) -> bytes:
        """Return the content, with the number of the key before it and the signature after it.

        The same content gives the same seal for as long as the same key is in use.
        """
        ...

    def opened(self, sealed: bytes) -> bytes:
        """Return the content.

        Raises:
            BrokenSeal: it was changed, or was never sealed here, or with a key that is not trusted any more.
        """
        ...

    def published(self) -> Sequence[PublicKey]:
        """Return the public half of every key that is trusted, by number."""
        ...
