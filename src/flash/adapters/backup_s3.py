"""A bucket of an S3-compatible store as the place where backups lie. It needs the extra `s3`, which is boto3."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from flash.adapters.workroom import workroom
from flash.domain.backup import BackupTrouble, size_told
from flash.ports.backups import Progress
from flash.settings import Settings

NOT_FOUND = ("404", "NoSuchKey")


class S3Shelf:
    """Objects of a bucket under a prefix.

    An object is there when its last piece has arrived, and not before; large ones go in pieces, few of them in memory.
    """

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @property
    def place(self) -> str:
        """See `ports.backups.Shelf`."""
        return f"s3://{self._bucket}/{self._prefix}"

    def files(self) -> Mapping[str, int]:
        """See `ports.backups.Shelf`."""
        with self._told():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}flash-"
            )
            return {
                found["Key"].removeprefix(self._prefix): found["Size"]
                for page in pages
                for found in page.get("Contents", ())
            }

    def read(self, name: str) -> bytes:
        """See `ports.backups.Shelf`."""
        with self._told(name):
            content: bytes = self._client.get_object(**self._object(name))["Body"].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        """See `ports.backups.Shelf`."""
        with self._told(name):
            self._client.put_object(**self._object(name), Body=content)

    def put(self, name: str, path: Path, progress: Progress) -> None:
        """See `ports.backups.Shelf`."""
        with self._told(name):
            callback = _telling("sent", progress)
            self._client.upload_file(str(path), self._bucket, self._prefix + name, Callback=callback)

    def get(self, name: str, path: Path, progress: Progress) -> None:
        """See `ports.backups.Shelf`."""
        with self._told(name):
            callback = _telling("fetched", progress)
            self._client.download_file(self._bucket, self._prefix + name, str(path), Callback=callback)

    def remove(self, name: str) -> None:
        """See `ports.backups.Shelf`."""
        with self._told(name):
            self._client.delete_object(**self._object(name))

    def workroom(self) -> AbstractContextManager[Path]:
        """See `ports.backups.Shelf`. It is where TMPDIR says."""
        return workroom(Path(tempfile.gettempdir()))

    def _object(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + name}

    @contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            told = "there is no such file" if code in NOT_FOUND else f"the store answers {code}"
            raise BackupTrouble(f"{self.place}{name} cannot be used: {told}.") from error
        except (BotoCoreError, Boto3Error) as error:
            raise BackupTrouble(f"{self.place}{name} cannot be used ({type(error).__name__}).") from error


def _telling(what: str, progress: Progress) -> Callable[[int], None]:
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        progress(f"{size_told(done)} {what}")

    return told


def from_settings(settings: Settings, url: str) -> S3Shelf:
    """Build it for an address like s3://bucket/prefix, from `flash.backup_s3.*`.

    Without a key of its own it takes what the machine has: its role, or whatever else boto3 finds.
    """
    with settings.reading() as read:
        values = {
            name: read(f"flash.backup_s3.{key}", str, " ").strip() or None
            for name, key in (
                ("endpoint_url", "endpoint"),
                ("region_name", "region"),
                ("aws_access_key_id", "key_id"),
                ("aws_secret_access_key", "secret"),
            )
        }
    # Stores that are not Amazon's know none of the checksums that newer clients send unasked.
    config = Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=10,
        retries={"mode": "standard", "max_attempts": 5},
    )
    parts = urlsplit(url)
    return S3Shelf(boto3.client("s3", config=config, **values), parts.netloc, parts.path)
