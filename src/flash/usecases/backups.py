"""What backups there are, and how good they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flash.domain.backup import (
    MANIFEST,
    VERIFIED,
    BackupTrouble,
    Manifest,
    Verified,
    begun_at,
    manifest_in,
    verified_in,
)
from flash.ports.backups import Shelf

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A backup as it lies there.

    Attributes:
        at: when it was begun.
        manifest: what is known of it; None when that is missing or cannot be read.
        good: whether there is a manifest, and a file of the size it tells.
        verified: when it was last restored on trial.
    """

    name: str
    at: datetime
    manifest: Manifest | None
    good: bool
    verified: Verified | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the backups stand.

    Attributes:
        last: the latest good one.
        verified: the latest of all trials that went well.
    """

    last: Shelved | None
    verified: Verified | None


def shelved(shelf: Shelf) -> Sequence[Shelved]:
    """Return all backups, the latest first, and what is left of those that were never finished."""
    files = shelf.files()
    times = {name: at for name in {file.partition(".")[0] for file in files} if (at := begun_at(name))}
    return [_shelved(shelf, name, times[name], files) for name in sorted(times, reverse=True)]


def _shelved(shelf: Shelf, name: str, at: datetime, files: Mapping[str, int]) -> Shelved:
    manifest, verified = _manifest(shelf, name, files), None
    if f"{name}{VERIFIED}" in files:
        try:
            verified = verified_in(shelf.read(f"{name}{VERIFIED}"))
        except BackupTrouble:
            verified = None  # It counts as not tried.
    good = manifest is not None and files.get(manifest.file) == manifest.size
    return Shelved(name, at, manifest, good, verified)


def _manifest(shelf: Shelf, name: str, files: Mapping[str, int]) -> Manifest | None:
    if f"{name}{MANIFEST}" not in files:
        return None
    try:
        return manifest_in(shelf.read(f"{name}{MANIFEST}"))
    except BackupTrouble:
        return None  # As told at `Shelved`.


def standing(shelf: Shelf) -> Standing:
    """Return how the backups stand, for whoever watches over them."""
    found = shelved(shelf)
    trials = [one.verified for one in found if one.verified]
    last = next((one for one in found if one.good), None)
    return Standing(last, max(trials, key=lambda trial: trial.at, default=None))


def manifest_of(shelf: Shelf, name: str) -> Manifest:
    """Return what is known of a backup, or of the latest one.

    Raises:
        BackupTrouble: there is no such backup, or its manifest is missing or of no use.
    """
    if name == LATEST:
        names = [one.name for one in shelved(shelf) if one.manifest]
        if not names:
            raise BackupTrouble(f"There is no backup at {shelf.place}.")
        name = names[0]
    if begun_at(name) is None:
        raise BackupTrouble(f"{name[:80]} is no name of a backup; flash backup list shows them.")
    files = shelf.files()
    if not any(file.startswith(f"{name}.") for file in files):
        raise BackupTrouble(f"There is no backup {name} at {shelf.place}.")
    if f"{name}{MANIFEST}" not in files:
        raise BackupTrouble(f"{name} has no manifest, so nobody knows whether it is whole. Take another one.")
    manifest = manifest_in(shelf.read(f"{name}{MANIFEST}"))
    if manifest.name != name:
        raise BackupTrouble(f"The manifest of {name} is that of another backup.")
    return manifest
