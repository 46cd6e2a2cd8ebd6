"""Envelopes in the format of age: encrypted for a public key, a piece of 64 kB at a time."""

from pathlib import Path

import pyrage

from flash.domain.backup import BackupTrouble

SECRET = "AGE-SECRET-KEY-"  # noqa: S105 - how a private key begins


class AgeEnvelopes:
    """See `ports.backups.Envelope`. What it makes, `age` and `rage` open too."""

    def seal(self, plain: Path, sealed: Path, recipient: str) -> None:
        """See `ports.backups.Envelope`."""
        key = public_key(recipient)
        with plain.open("rb") as source, sealed.open("wb") as target:
            pyrage.encrypt_io(source, target, [key])

    def open(self, sealed: Path, plain: Path, identity: Path) -> None:
        """See `ports.backups.Envelope`."""
        keys = _private_keys(identity)
        with sealed.open("rb") as source, plain.open("wb") as target:
            try:
                pyrage.decrypt_io(source, target, keys)
            except (pyrage.DecryptError, OSError) as error:
                told = f"It cannot be decrypted with {identity}: the key is another, or the file was changed."
                raise BackupTrouble(told) from error


def public_key(text: str) -> pyrage.x25519.Recipient:
    """Return a public key like age1...

    Raises:
        BackupTrouble: it is none.
    """
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BackupTrouble("flash.backup_recipient is no public key of age, like age1...") from error


def new_pair() -> tuple[str, str]:
    """Return a new public key, and the private one that opens what is encrypted for it."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


def _private_keys(path: Path) -> list[pyrage.x25519.Identity]:
    """Return the private keys in a file as `age-keygen` writes it."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith(SECRET)]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise BackupTrouble(f"{path} cannot be read as a private key of age.") from error
    if not keys:
        raise BackupTrouble(f"There is no private key of age in {path}.")
    return keys
