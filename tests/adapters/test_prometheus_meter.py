"""The folder that processes count in: one slot each, and payments go on without it."""

from pathlib import Path

import pytest

from flash.adapters.memory import MemoryClock
from flash.adapters.prometheus_meter import PrometheusMeter
from flash.adapters.prometheus_meter.slots import FILES, ROOM, Slots
from flash.domain.facts import PersonJoined
from flash.domain.standing import Standing


def test_each_who_counts_has_a_slot_and_room_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "for it"
    first, second = Slots(folder), Slots(folder)
    assert [first.mine(), second.mine(), first.mine()] == [0, 1, 0]
    assert {path.name for path in folder.glob("*.db")} == {f"{kind}_{slot}.db" for kind in FILES for slot in (0, 1)}
    assert {path.stat().st_size for path in folder.glob("*.db")} == {ROOM}


def test_a_process_that_was_forked_takes_a_slot_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = Slots(tmp_path)
    monkeypatch.setattr("os.getpid", lambda: 1)
    assert slots.mine() == 1


def test_a_folder_that_cannot_be_used_is_told_and_the_process_counts_for_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    meter = PrometheusMeter(str(tmp_path / "file" / "metrics"))
    meter.note(PersonJoined())
    assert b"flash_people_joined_total 1.0" in meter.page(Standing(at=MemoryClock().now())).body
    assert "flash.metrics_dir cannot be used, so this process counts for itself: Not a directory" in caplog.text
