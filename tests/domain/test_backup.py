"""Backups: their names, what is known of them, and which are kept."""

from datetime import UTC, datetime, timedelta

import pytest

from flash.domain.backup import (
    BackupTrouble,
    Content,
    Keep,
    Manifest,
    Verified,
    a_name,
    begun_at,
    differences,
    manifest_in,
    parse_keep,
    superseded,
    verified_in,
)
from flash.domain.chain import ORIGIN, Head

NOW = datetime(2026, 11, 25, 1, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
CONTENT = Content("0014", {"transfers": 3}, (Head("evidence", 1, "a" * 64), Head("postings", 0, ORIGIN)))
MANIFEST = Manifest(
    name=a_name(NOW),
    made_at=NOW,
    release="1.0",
    kind="pgdump",
    made_by="pg_dump 18.6",
    size=12,
    sha256="b" * 64,
    recipient="",
    content=CONTENT,
)


def nightly(count: int) -> dict[str, datetime]:
    return {a_name(NOW - number * DAY): NOW - number * DAY for number in range(count)}


def test_names_sort_by_time_and_tell_it() -> None:
    assert a_name(NOW) == "flash-20261125T010000-123Z"
    assert begun_at(a_name(NOW)) == NOW.replace(microsecond=123000)
    names = [a_name(NOW + timedelta(milliseconds=step)) for step in (0, 1, 999, 60_000, 86_400_000)]
    assert names == sorted(names)
    assert begun_at("flash-20261125") is None
    assert begun_at("../flash-20261125T010000-123Z") is None


def test_what_is_known_of_a_backup_is_read_as_it_was_written() -> None:
    assert manifest_in(MANIFEST.as_json()) == MANIFEST
    verified = Verified(name=MANIFEST.name, at=NOW, seconds=3, schema="0014")
    assert verified_in(verified.as_json()) == verified


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"content": 1}', b"\xff", MANIFEST.as_json()[:-20]])
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises(BackupTrouble, match="cannot be read"):
        manifest_in(text)
    with pytest.raises(BackupTrouble, match="cannot be read"):
        verified_in(text)


def test_the_file_says_what_it_is() -> None:
    assert MANIFEST.file == f"{MANIFEST.name}.pgdump"


def test_the_last_of_each_day_week_and_month_is_kept() -> None:
    backups = nightly(400)
    gone = superseded(backups, Keep(days=3, weeks=2, months=2))
    kept = sorted(set(backups) - set(gone), reverse=True)
    # 03:00 in Lusaka: Wednesday to Monday, the Sunday before, and the last of October.
    assert [name[6:14] for name in kept] == ["20261125", "20261124", "20261123", "20261122", "20261031"]
    assert gone == sorted(gone)


def test_the_last_of_several_of_one_day_is_kept_by_the_day_in_lusaka() -> None:
    late = NOW.replace(hour=22, minute=30)  # It is tomorrow in Lusaka.
    backups = {a_name(at): at for at in (NOW, NOW + timedelta(hours=1), late, NOW + 5 * DAY)}
    assert superseded(backups, Keep(3, 0, 0)) == [a_name(NOW)]


def test_all_of_the_last_day_are_kept() -> None:
    times = [NOW - timedelta(hours=hours) for hours in (0, 1, 23, 24, 25)]
    gone = superseded({a_name(at): at for at in times}, Keep(1, 0, 0))
    assert gone == [a_name(at) for at in (times[4], times[3])]


def test_nothing_goes_while_no_new_ones_come() -> None:
    backups = nightly(3)
    assert superseded(backups, Keep(3, 0, 0)) == []


def test_the_latest_and_what_must_not_go_are_kept_whatever_the_rule_says() -> None:
    backups = nightly(5)
    oldest, latest = min(backups), max(backups)
    gone = superseded(backups, Keep(0, 0, 1), never=[oldest])
    assert set(backups) - set(gone) == {oldest, latest}


@pytest.mark.parametrize("text", ["", "7", "7 days", "0 days, 0 weeks, 0 months", "-1 days, 0 weeks, 1 months"])
def test_a_rule_that_keeps_nothing_or_says_nothing_is_refused(text: str) -> None:
    assert parse_keep("14 days, 8 weeks, 12 months") == Keep(14, 8, 12)
    with pytest.raises(ValueError, match="no such rule"):
        parse_keep(text)


def test_differences_between_a_manifest_and_a_database_are_told() -> None:
    assert differences(CONTENT, CONTENT) == []
    other = Content("0013", {"transfers": 2, "legs": 1}, (Head("evidence", 1, "c" * 64), CONTENT.heads[1]))
    assert differences(CONTENT, other) == [
        "It is at migration 0013 where its manifest says 0014.",
        "legs has 1 rows where its manifest says 0.",
        "transfers has 2 rows where its manifest says 3.",
        "The chain of evidence is not the one of its manifest, which has 1 links.",
    ]
    assert len(differences(CONTENT, Content("0014", CONTENT.counts, ()))) == 2
