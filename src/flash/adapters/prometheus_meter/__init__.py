"""A meter by prometheus-client: one page for all processes of a machine, which share a folder of counters.

Each process has a slot of the folder, a number that it holds by a lock for as long as it lives, and files of that
number. Whoever comes next takes the slot of one that died and counts on in its files: so nothing is lost, nothing is
counted twice, and there are never more files than there were processes at once.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest, values
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from flash.adapters.prometheus_meter.series import Series
from flash.adapters.prometheus_meter.slots import Slots
from flash.adapters.prometheus_meter.standings import standing_gauges
from flash.domain.facts import Fact
from flash.domain.standing import Standing
from flash.ports.meter import Page
from flash.settings import Settings

log = logging.getLogger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus-client looks for the folder."""


class PrometheusMeter:
    """See `ports.meter.ShownMeter`. A process has one, because prometheus-client keeps its folder for all of it.

    Args:
        folder: what the processes of this machine share; empty for what this process counts alone.
    """

    def __init__(self, folder: str = "") -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._registry: CollectorRegistry | None = CollectorRegistry()
        self._opened: Series | None = None
        disable_created_metrics()

    def note(self, *facts: Fact) -> None:
        """See `ports.meter.Meter`."""
        series = self._series()
        for fact in facts:
            series.count(fact)

    def page(self, standing: Standing) -> Page:
        """See `ports.meter.ShownMeter`."""
        self._series()
        page = CollectorRegistry(auto_describe=False)
        page.register(_Given(lambda: standing_gauges(standing)))
        if self._registry is None:
            MultiProcessCollector(page, path=self._folder)
        else:
            page.register(_Given(self._registry.collect))
        return Page(CONTENT_TYPE_PLAIN_0_0_4, generate_latest(page))

    def _series(self) -> Series:
        """Return the series, made at the first use: so a command that counts nothing leaves nothing in the folder."""
        with self._lock:
            if self._opened is None:
                if self._folder:
                    self._share()
                self._opened = Series(self._registry)
            return self._opened

    def _share(self) -> None:
        """Let all series be files in the folder. Payments go on without them."""
        try:
            slots = Slots(Path(self._folder))
        except OSError as error:
            log.error("flash.metrics_dir cannot be used, so this process counts for itself: %s", error.strerror)
            return
        os.environ[FOLDER] = self._folder
        values.ValueClass = values.MultiProcessValue(slots.mine)
        self._registry = None


class _Given:
    """A collector of what a function returns."""

    def __init__(self, collect: Callable[[], Iterable[Any]]) -> None:
        self.collect = collect


def from_settings(settings: Settings) -> PrometheusMeter:
    """Build it from `flash.metrics_dir`."""
    with settings.reading() as read:
        folder = read("flash.metrics_dir", str, " ").strip()
    return PrometheusMeter(folder)
