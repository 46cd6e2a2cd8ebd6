"""Signs of life, in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flash.ports.heartbeats import Heartbeat

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryHeartbeats:
    """See `ports.heartbeats.Heartbeats`."""

    def __init__(self, tables: "Tables") -> None:
        self._beats = tables.heartbeats

    def beat(self, heartbeat: Heartbeat) -> None:
        self._beats[heartbeat.process] = heartbeat

    def forget(self, process: str) -> None:
        self._beats.pop(process, None)

    def forget_before(self, at: datetime) -> int:
        silent = [one.process for one in self._beats.values() if one.at < at]
        for process in silent:
            del self._beats[process]
        return len(silent)

    def all(self) -> Sequence[Heartbeat]:
        return sorted(self._beats.values(), key=lambda one: one.at, reverse=True)
