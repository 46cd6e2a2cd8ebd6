"""Restore a backup: in earnest, or on trial. Nothing is touched before it is known to be whole."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flash.domain.backup import VERIFIED, BackupTrouble, Manifest, Verified, differences, size_told
from flash.domain.chain import Broken
from flash.ports.backups import Progress, Scratch
from flash.ports.store import UnitOfWork
from flash.usecases.audit import audit
from flash.usecases.backups import manifest_of
from flash.usecases.chain import verify_chains
from flash.usecases.make_backup import Safekeeping, digest_of, disk_told

Migrate = Callable[[str], None]
"""Brings the database at this URL up to date."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which backup is to be restored.

    Attributes:
        name: of the backup, or `latest`.
        identity: the file with the private key, if there is one.
    """

    name: str
    identity: Path | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where what was there before is."""

    manifest: Manifest
    kept_as: str


@dataclass(frozen=True, slots=True)
class _Then:
    """The clock as it stood: rows that were young then may have had no link in their chain yet."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def check_target(safe: Safekeeping, *, replace: bool) -> None:
    """Look whether a backup may be restored into the database at all.

    Raises:
        BackupTrouble: it holds something that may not be replaced, or somebody works with it.
    """
    if not safe.copier.holds_something():
        return
    if not replace:
        told = f"The database {safe.copier.name} is not empty."
        raise BackupTrouble(f"{told} With --replace it is kept under another name, and the backup takes its place.")
    _check_users(safe)


def _check_users(safe: Safekeeping) -> None:
    users = safe.copier.users()
    if users:
        raise BackupTrouble(f"Somebody works with {safe.copier.name}: {'; '.join(users)}. Stop web and workers first.")


def restore_backup(safe: Safekeeping, wish: Wish, migrate: Migrate, progress: Progress, *, replace: bool) -> Restored:
    """Put a backup in the place of the database, migrated to this release.

    Raises:
        BackupTrouble: it cannot be restored, and the database is as it was.
    """
    manifest = manifest_of(safe.shelf, wish.name)
    check_target(safe, replace=replace)
    with _unpacked(safe, manifest, wish, progress) as path, safe.copier.scratch(to_take_over=True) as scratch:
        _filled(scratch, path, manifest, progress)
        progress("migrating")
        migrate(scratch.url)
        _check_users(safe)
        return Restored(manifest, scratch.take_over(f"before_{safe.clock.now():%Y%m%dT%H%M%SZ}"))


def verify_backup(safe: Safekeeping, wish: Wish, migrate: Migrate, progress: Progress) -> Verified:
    """Restore a backup on trial, migrate and audit it, and write down that it went well.

    Raises:
        BackupTrouble: it cannot be restored, or does not hold what it should.
    """
    began = safe.clock.now()
    manifest = manifest_of(safe.shelf, wish.name)
    with _unpacked(safe, manifest, wish, progress) as path, safe.copier.scratch(to_take_over=False) as scratch:
        _filled(scratch, path, manifest, progress)
        progress("migrating")
        migrate(scratch.url)
        progress("auditing")
        with scratch.snapshots() as snapshot:
            _audited(snapshot, manifest)
        schema = scratch.content().schema
    now = safe.clock.now()
    verified = Verified(name=manifest.name, at=now, seconds=round((now - began).total_seconds()), schema=schema)
    safe.shelf.write(f"{manifest.name}{VERIFIED}", verified.as_json())
    return verified


@contextmanager
def _unpacked(safe: Safekeeping, manifest: Manifest, wish: Wish, progress: Progress) -> Iterator[Path]:
    """Fetch a backup, prove that it is the one that was made, and decrypt it."""
    if manifest.kind != safe.copier.kind:
        raise BackupTrouble(f"{manifest.name} is of another kind of database ({manifest.kind}).")
    if manifest.encrypted and wish.identity is None:
        raise BackupTrouble(
            f"{manifest.name} is encrypted for {manifest.recipient}: name its key with --identity FILE."
        )
    with disk_told(), safe.shelf.workroom() as room:
        path = room / "fetched"
        safe.shelf.get(manifest.file, path, progress)
        size = path.stat().st_size
        if size != manifest.size:
            told = f"it has {size_told(size)} ({size} bytes) where its manifest says {manifest.size}"
            raise BackupTrouble(f"{manifest.name} is damaged: {told}. Take another one.")
        if digest_of(path) != manifest.sha256:
            raise BackupTrouble(
                f"{manifest.name} is damaged: its digest is not that of its manifest. Take another one."
            )
        if wish.identity is not None and manifest.encrypted:
            progress("decrypting")
            safe.envelope.open(path, room / "plain", wish.identity)
            path.unlink()
            path = room / "plain"
        yield path


def _filled(scratch: Scratch, path: Path, manifest: Manifest, progress: Progress) -> None:
    scratch.fill(path, progress)
    _refuse(manifest, differences(manifest.content, scratch.content()))


def _audited(snapshot: UnitOfWork, manifest: Manifest) -> None:
    with snapshot() as store:
        try:
            for _ in verify_chains(store=store, clock=_Then(manifest.made_at), kept=manifest.content.heads):
                pass
        except Broken as error:
            raise BackupTrouble(f"{manifest.name} does not hold what it should. {error}.") from error
    _refuse(manifest, list(audit(unit_of_work=snapshot)))


def _refuse(manifest: Manifest, lines: Sequence[str]) -> None:
    if lines:
        more = f" And {len(lines) - 1} more." if lines[1:] else ""
        raise BackupTrouble(f"{manifest.name} does not hold what it should. {lines[0]}{more}")
