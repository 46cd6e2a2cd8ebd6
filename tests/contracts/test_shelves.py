"""Places where backups lie: a folder, and a bucket of an S3-compatible store."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from flash.adapters.backup_folder import FolderShelf
from flash.domain.backup import BackupTrouble, Content, Manifest, Verified, a_name
from flash.ports.backups import Shelf
from flash.safekeeping import shelf_from_settings
from flash.settings import BadSettings, Settings
from flash.usecases.backups import standing
from servers import LOOPBACK, free_port

NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
NAME = a_name(NOW)
KEY = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests", "region_name": "eu-central-1"}


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A stand-in for S3, at this address, with one bucket."""
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    url = f"http://{LOOPBACK}:{server.get_host_and_port()[1]}"
    client = boto3.client("s3", endpoint_url=url, **KEY)
    client.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": KEY["region_name"]})
    yield url
    client.close()
    server.stop()


def in_bucket(endpoint: str, place: str) -> Shelf:
    values = {"to": place, "s3.endpoint": endpoint, "s3.region": KEY["region_name"]}
    key = {"s3.key_id": "tests", "s3.secret": "tests"}
    return shelf_from_settings(Settings({f"flash.backup_{name}": text for name, text in (values | key).items()}))


@pytest.fixture(params=["folder", "s3"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "folder":
        return shelf_from_settings(Settings({"flash.backup_to": str(tmp_path / "deep" / "kept")}))
    return in_bucket(request.getfixturevalue("store"), f"s3://backups/{tmp_path.name}/daily/")


def put(shelf: Shelf, name: str, content: bytes) -> None:
    with shelf.workroom() as room:
        path = room / "file"
        path.write_bytes(content)
        shelf.put(name, path, lambda _: None)


def test_what_is_put_is_there_until_it_is_removed(shelf: Shelf, tmp_path: Path) -> None:
    assert shelf.files() == {}
    put(shelf, f"{NAME}.pgdump", b"rows")
    shelf.write(f"{NAME}.json", b"{}")
    assert shelf.files() == {f"{NAME}.pgdump": 4, f"{NAME}.json": 2}
    shelf.get(f"{NAME}.pgdump", tmp_path / "fetched", lambda _: None)
    assert (tmp_path / "fetched").read_bytes() == b"rows"
    assert shelf.read(f"{NAME}.json") == b"{}"
    put(shelf, f"{NAME}.pgdump", b"others")
    shelf.write(f"{NAME}.json", b"{ }")
    assert shelf.files() == {f"{NAME}.pgdump": 6, f"{NAME}.json": 3}
    shelf.remove(f"{NAME}.pgdump")
    shelf.remove(f"{NAME}.pgdump")
    assert shelf.files() == {f"{NAME}.json": 3}


def test_what_is_not_there_is_told_with_its_place(shelf: Shelf, tmp_path: Path) -> None:
    for use in (shelf.read, lambda name: shelf.get(name, tmp_path / "fetched", lambda _: None)):
        with pytest.raises(BackupTrouble) as refused:
            use(f"{NAME}.json")
        assert str(refused.value).startswith(shelf.place)
        assert str(refused.value).endswith((": No such file or directory.", ": there is no such file."))


def test_a_file_of_many_pieces_arrives_whole_and_is_told_of_meanwhile(shelf: Shelf, tmp_path: Path) -> None:
    content, heard = bytes(range(256)) * 4 * 9000, []
    with shelf.workroom() as room:
        (room / "file").write_bytes(content)
        shelf.put(f"{NAME}.pgdump", room / "file", heard.append)
    shelf.get(f"{NAME}.pgdump", tmp_path / "fetched", heard.append)
    assert (tmp_path / "fetched").read_bytes() == content
    assert heard


def test_a_workroom_is_private_and_goes_with_its_context(shelf: Shelf) -> None:
    with shelf.workroom() as room, shelf.workroom() as other:
        assert room != other
        assert room.stat().st_mode & 0o077 == 0
    assert not room.exists()
    assert not other.exists()


def test_the_standing_is_that_of_the_last_good_one_and_of_the_last_trial(shelf: Shelf) -> None:
    assert (standing(shelf).last, standing(shelf).verified) == (None, None)
    for at, size in ((NOW, 4), (LATER, 5)):
        content = Content("0014", {}, ())
        manifest = Manifest(
            name=a_name(at),
            made_at=at,
            release="1",
            kind="pgdump",
            made_by="-",
            size=size,
            sha256="-",
            recipient="",
            content=content,
        )
        put(shelf, manifest.file, b"rows")
        shelf.write(f"{manifest.name}.json", manifest.as_json())
    trial = Verified(name=NAME, at=LATER, seconds=1, schema="0014")
    shelf.write(f"{NAME}.verified.json", trial.as_json())
    shelf.write(f"{a_name(LATER)}.verified.json", b"of no use")
    found = standing(shelf)
    assert found.last
    assert (found.last.name, found.verified) == (NAME, trial)  # The later one is shorter than it was.


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupTrouble, match="cannot be used: "):
        put(FolderShelf(tmp_path / "file"), NAME, b"")


def test_a_store_that_refuses_or_does_not_answer_is_told_without_its_key(
    store: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(BackupTrouble, match=r"s3://nobodys/ cannot be used: the store answers NoSuchBucket\."):
        in_bucket(store, "s3://nobodys").files()
    with pytest.raises(BackupTrouble, match=r"s3://nobodys/ cannot be used \(EndpointConnectionError\)\."):
        in_bucket(f"http://{LOOPBACK}:{free_port()}", "s3://nobodys").files()


def test_without_a_place_there_are_no_backups() -> None:
    with pytest.raises(BadSettings, match=r"flash\.backup_to: missing or empty"):
        shelf_from_settings(Settings({}))
