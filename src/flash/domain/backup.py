"""Backups: what is known of one, and which are kept for how long."""

import json
import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flash.domain.chain import Head
from flash.domain.limits import LUSAKA

NAME = re.compile(r"flash-(\d{8}T\d{6})-(\d{3})Z")
"""Names sort by time."""

MANIFEST, VERIFIED = ".json", ".verified.json"
"""What is appended to the name of a backup for what is known of it, and for when it was last restored on trial."""


class BackupTrouble(Exception):
    """A backup cannot be made, read or restored. Its text is one sentence for whoever wants it."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a database holds, by which a restored one is known to be the same.

    Attributes:
        schema: its migration.
        counts: rows of each table.
        heads: of the chains over evidence and journal.
    """

    schema: str
    counts: Mapping[str, int]
    heads: Sequence[Head]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a backup. It lies beside the file, and is written last: without it, there is no backup.

    Attributes:
        release: of Flash, which made it.
        kind: of database, which is also the end of the file's name.
        made_by: the program and its version.
        size: of the file, in bytes.
        sha256: of the file, in hexadecimal.
        recipient: the public key for which the file is encrypted; empty when it is not.
    """

    name: str
    made_at: datetime
    release: str
    kind: str
    made_by: str
    size: int
    sha256: str
    recipient: str
    content: Content

    @property
    def encrypted(self) -> bool:
        """Whether it takes a private key to read it."""
        return bool(self.recipient)

    @property
    def file(self) -> str:
        """The file that holds the data."""
        return f"{self.name}.{self.kind}{'.age' if self.encrypted else ''}"

    def as_json(self) -> bytes:
        """Write it as it lies beside the backup."""
        return _json({**asdict(self), "made_at": self.made_at.isoformat()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """That a backup was restored on trial, and held what it should.

    Attributes:
        seconds: how long it took.
        schema: the migration it was brought to.
    """

    name: str
    at: datetime
    seconds: int
    schema: str

    def as_json(self) -> bytes:
        """Write it as it lies beside the backup."""
        return _json({**asdict(self), "at": self.at.isoformat()})


def manifest_in(text: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        BackupTrouble: it is none.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        content = found.pop("content")
        heads = tuple(Head(**head) for head in content.pop("heads"))
        made_at = datetime.fromisoformat(found.pop("made_at"))
        return Manifest(**found, made_at=made_at, content=Content(**content, heads=heads))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupTrouble("The manifest of the backup cannot be read.") from error


def verified_in(text: bytes) -> Verified:
    """Read what was written of a trial.

    Raises:
        BackupTrouble: it is none.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        return Verified(**found | {"at": datetime.fromisoformat(found["at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise BackupTrouble("What was written of the trial cannot be read.") from error


def _json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, indent=1).encode() + b"\n"


def a_name(at: datetime) -> str:
    """Return the name of a backup that is begun now."""
    at = at.astimezone(UTC)
    return f"flash-{at:%Y%m%dT%H%M%S}-{at.microsecond // 1000:03}Z"


def begun_at(name: str) -> datetime | None:
    """Return when a backup of this name was begun; None when it is no name of ours."""
    match = NAME.fullmatch(name)
    return datetime.strptime(f"{match[1]}{match[2]}+0000", "%Y%m%dT%H%M%S%f%z") if match else None


@dataclass(frozen=True, slots=True)
class Keep:
    """How many backups are kept: the last of each of so many days, weeks and months that have one."""

    days: int
    weeks: int
    months: int


def parse_keep(text: str) -> Keep:
    """Read how long backups are kept, like 7 days, 5 weeks, 12 months.

    Raises:
        ValueError: it says something else, or keeps nothing.
    """
    match = re.fullmatch(r"(\d+) days, (\d+) weeks, (\d+) months", text.strip())
    if not match or not any(map(int, match.groups())):
        raise ValueError("no such rule")
    return Keep(*map(int, match.groups()))


def superseded(backups: Mapping[str, datetime], keep: Keep, never: Collection[str] = ()) -> list[str]:
    """Return which of these backups are kept no longer, oldest first.

    Days without a backup do not count, so that nothing goes when no new ones come. All of the last day before the
    latest are kept: one that was made by hand before a release does not drive out that of the night.

    Args:
        backups: name to when it was made.
        keep: the rule.
        never: names that are kept whatever the rule says.
    """
    newest_first = sorted(backups, key=lambda name: backups[name], reverse=True)
    kept = {*never, *(name for name in newest_first if backups[newest_first[0]] - backups[name] < timedelta(days=1))}
    for period, most in ((_day, keep.days), (_week, keep.weeks), (_month, keep.months)):
        last_of: dict[Hashable, str] = {}
        for name in newest_first:
            last_of.setdefault(period(backups[name].astimezone(LUSAKA)), name)
        kept.update(list(last_of.values())[:most])
    return [name for name in reversed(newest_first) if name not in kept]


def _day(at: datetime) -> Hashable:
    return at.date()


def _week(at: datetime) -> Hashable:
    return at.isocalendar()[:2]


def _month(at: datetime) -> Hashable:
    return at.year, at.month


def differences(told: Content, found: Content) -> list[str]:
    """Return in what a restored database differs from what its manifest tells, a line each."""
    lines = []
    if told.schema != found.schema:
        lines.append(f"It is at migration {found.schema or 'none'} where its manifest says {told.schema}.")
    for table in sorted({*told.counts, *found.counts}):
        expected, counted = told.counts.get(table, 0), found.counts.get(table, 0)
        if expected != counted:
            lines.append(f"{table} has {counted} rows where its manifest says {expected}.")
    lines.extend(
        f"The chain of {head.table} is not the one of its manifest, which has {head.length} links."
        for head in told.heads
        if head not in found.heads
    )
    return lines


def size_told(size: int) -> str:
    """Write a size for people."""
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{size / 1000:.1f} kB"
