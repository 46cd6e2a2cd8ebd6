"""Who writes statements of account into files, and reads them again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from flash.domain.account_statement import Row


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands above the rows where a format has a place for it."""

    title: str
    about: str


class Format(Protocol):
    """One kind of file. It keeps nothing in memory that grows with the rows.

    Attributes:
        content_type: as HTTP names it.
        suffix: of the file's name.
        whole: whether the file is sealed as a whole, instead of its rows: where others cannot read these back.
    """

    content_type: str
    suffix: str
    whole: bool

    def write(self, file: IO[bytes], cover: Cover, rows: Iterable[Row], /) -> None:
        """Write header and rows.

        Raises:
            OSError: there is no room for it.
        """
        ...

    def read(self, file: IO[bytes], /) -> Iterable[Sequence[str]]:
        """Yield the rows that were written, with the header, as texts.

        Raises:
            BadInput: it is no such file.
        """
        ...
