"""What the doctor sees of the world around the service: its certificate, its clock, its disk, its secrets."""

import shutil
import socket
import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
from cryptography import x509

from flash.adapters.http import is_loopback
from flash.ports.provider import Finding

TIMEOUT_S = 5.0
RENEWED = timedelta(days=14)
"""Certificates are renewed a month before they end; with so little left, that has failed."""
MOST_DRIFT = timedelta(seconds=5)
LEAST_FREE = 1024**3
LEAST_SHARE = 0.05
NIGHTLY, WEEKLY = timedelta(hours=26), timedelta(days=8)
"""A backup is made every night, and restored on trial every week; a little more is no fault yet."""
LEAST_DISTINCT = 10
"""A random secret of 32 characters has more different ones than this, even in hexadecimal."""


def certificate(public_url: str) -> Finding:
    """Call our public address by TLS as everybody does, and look until when its certificate is good."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        if is_loopback(host):
            return Finding("certificate", True, "None is needed: the service is reached on this machine only.", "")
        return Finding("certificate", False, "PUBLIC_URL is not https.", "Let a proxy serve HTTPS, and set PUBLIC_URL.")
    try:
        until = _good_until(host, parts.port or 443)
    except ssl.SSLCertVerificationError as error:
        told = f"The certificate of {host} is not accepted: {error.verify_message}."
        return Finding("certificate", False, told, "Renew it, for this name: certbot renew, or your host's panel.")
    except OSError as error:
        told = f"{host} does not answer by TLS ({type(error).__name__})."
        return Finding("certificate", False, told, "Check DNS, the firewall, and the proxy that serves HTTPS.")
    left = until - datetime.now(UTC)
    told = f"The certificate of {host} is good for {left.days} more days."
    return Finding("certificate", left > RENEWED, told, "Renew it: certbot renew, or your host's panel.")


def _good_until(host: str, port: int) -> datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        sent = secure.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(sent or b"").not_valid_after_utc


def clock(drifts: Mapping[str, timedelta]) -> Finding:
    """Look whether our clock is right.

    Args:
        drifts: how far it is ahead of the clocks of others.
    """
    for name, drift in drifts.items():
        if abs(drift) > MOST_DRIFT:
            way = "ahead of" if drift > timedelta(0) else "behind"
            told = f"Our clock is {abs(drift).total_seconds():.0f} s {way} that of {name}."
            return Finding("clock", False, told, "Let the machines' clocks be set by NTP: timedatectl set-ntp true.")
    told = f"It agrees with {', '.join(drifts)}." if drifts else "There is none to compare it with."
    return Finding("clock", True, told, "")


def date_of(url: str) -> datetime | None:
    """Return what time it is at a server, to the second; None when it does not say."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            told = session.head(url, timeout=TIMEOUT_S, allow_redirects=False).headers.get("Date")
            return parsedate_to_datetime(told) if told else None
        except (requests.RequestException, ValueError):
            return None


def backup(made_at: datetime | None, now: datetime) -> Finding:
    """Look how old the latest backup is."""
    mend = "Run flash backup, and look why the schedule did not: systemctl status flash-backup.timer, or your host's."
    if made_at is None:
        return Finding("backup", False, "There is none yet.", mend)
    return Finding("backup", now - made_at <= NIGHTLY, f"The latest one is {_age(made_at, now)} old.", mend)


def restore(verified_at: datetime | None, now: datetime) -> Finding:
    """Look when a backup was last restored on trial."""
    mend = "Run flash backup verify, and let it run every week."
    if verified_at is None:
        return Finding("restore", False, "No backup was ever restored on trial.", mend)
    told = f"A backup was restored on trial {_age(verified_at, now)} ago, and all was well."
    return Finding("restore", now - verified_at <= WEEKLY, told, mend)


def _age(then: datetime, now: datetime) -> str:
    return str(timedelta(seconds=max(0, int((now - then).total_seconds()))))


def disk(folders: Iterable[Path]) -> Finding:
    """Look how much room there is wherever something is written."""
    least, where = min(((shutil.disk_usage(folder), folder) for folder in folders), key=lambda pair: pair[0].free)
    told = f"{least.free / 1024**3:.1f} GB ({least.free / least.total:.0%}) are free at {where}."
    enough = least.free >= LEAST_FREE and least.free / least.total >= LEAST_SHARE
    return Finding("disk", enough, told, "Make room: old backups and logs first.")


def secrets(named: Mapping[str, str], demo: str) -> Finding:
    """Look whether the secrets are random, and each its own. None of them is told.

    Args:
        named: setting to secret.
        demo: the one that everybody knows.
    """
    mend = 'Make each with: python3 -c "import secrets; print(secrets.token_hex(32))"'
    seen: dict[str, str] = {}
    for name, secret in named.items():
        if secret == demo or len(set(secret)) < LEAST_DISTINCT or secret in (secret + secret)[1:-1]:
            return Finding("secrets", False, f"{name} is not random.", mend)
        if secret in seen:
            told = f"{name} is the same as {seen[secret]}, so that neither can be changed alone."
            return Finding("secrets", False, told, mend)
        seen[secret] = name
    return Finding("secrets", True, f"{len(named)}, each its own.", "")
