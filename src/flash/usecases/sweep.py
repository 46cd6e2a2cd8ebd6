"""The promise that nothing is forgotten: take everything that is due, whoever forgot it, and advance it."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from flash.domain.transfer import Transfer
from flash.usecases.advance_transfer import Engine, drive_transfer, take_step
from flash.usecases.mistakes import without_values

log = logging.getLogger(__name__)

MOST = 1000
"""Transfers taken by one sweep; the next one goes on."""


class Run(Protocol):
    """How a batch is worked off: one after the other like `map`, or by a pool of threads."""

    def __call__(self, function: Callable[[Transfer], bool], items: Iterable[Transfer], /) -> Iterable[bool]:
        """Apply the function to each item."""
        ...


def sweep(engine: Engine, *, run: Run = map, at_once: int = 1, most: int = MOST) -> int:
    """Advance what is due, the longest due first.

    Args:
        engine: what advancing needs.
        run: how a batch is worked off.
        at_once: how many transfers *run* works on at the same time. No more are claimed, because each holds its claim
            until its turn comes, and the lease has to outlast that.
        most: where to stop; it is checked between batches.

    Returns:
        How many transfers were taken.
    """
    taken = 0
    while taken < most:
        now = engine.clock.now()
        with engine.unit_of_work() as store:
            claimed = store.transfers.claim_due(now, until=now + engine.patience.lease, limit=at_once)
        taken += sum(1 for _ in run(lambda transfer: _advance(transfer, engine), claimed))
        if len(claimed) < at_once:
            break
    return taken


def _advance(transfer: Transfer, engine: Engine) -> bool:
    """Advance one claimed transfer. One that breaks must not keep the others waiting; its lease brings it back."""
    try:
        after = take_step(transfer, engine)
        if after is not None and after.due_at is not None and after.due_at <= engine.clock.now():
            drive_transfer(after.id, engine)
    except Exception as error:  # noqa: BLE001 - told below, and due again after its lease
        log.error("transfer %s could not be advanced\n%s", transfer.id, without_values(error))
        return False
    return True


def sweep_until(stopping: threading.Event, sweep_once: Callable[[], object], every_s: float) -> None:
    """Sweep again and again. A sweep that fails is told and not the end: the next one may find the database back."""
    told = ""
    while not stopping.wait(every_s):
        try:
            sweep_once()
        except Exception as error:  # noqa: BLE001 - told below, and tried again
            mistake = without_values(error)
            again = mistake == told
            told = mistake
            log.error("the sweep failed and will be tried again: %s", type(error).__name__ if again else mistake)
