"""The promise that nothing is forgotten: take everything that is due, whoever forgot it, and advance it."""

import logging
import threading
from collections.abc import Callable

from flash.domain.transfer import Transfer
from flash.usecases.advance_transfer import Engine, drive_transfer, take_step
from flash.usecases.mistakes import without_values

log = logging.getLogger(__name__)

MOST = 1000
"""Transfers taken by one sweep; the next one goes on."""

A_FEW = 10
"""Transfers taken by one sweep of a process that works, so that it ends soon after it is asked to."""


def sweep(engine: Engine, *, most: int = MOST) -> int:
    """Advance what is due, one after the other, the longest due first.

    Any number may sweep at once, in threads and processes: each takes one transfer at a time, so nobody waits for
    somebody else's slow call, and no claim grows old in a queue.

    Returns:
        How many transfers were taken; no more than *most*.
    """
    for taken in range(most):
        now = engine.clock.now()
        with engine.unit_of_work() as store:
            claimed = store.transfers.claim_due(now, until=now + engine.patience.lease, limit=1)
        if not claimed:
            return taken
        _advance(claimed[0], engine)
    return most


def _advance(transfer: Transfer, engine: Engine) -> None:
    """Advance one claimed transfer. One that breaks must not keep the others waiting; its lease brings it back."""
    try:
        after = take_step(transfer, engine)
        if after is not None and after.due_at is not None and after.due_at <= engine.clock.now():
            drive_transfer(after.id, engine)
    except Exception as error:  # noqa: BLE001 - told below, and due again after its lease
        log.error("transfer %s could not be advanced\n%s", transfer.id, without_values(error))


def sweep_until(
    stopping: threading.Event, sweep_once: Callable[[], int], every_s: float, *, name: str = "sweep"
) -> None:
    """Sweep again and again: at once while there is something due, otherwise after a while.

    A sweep that fails is told and not the end: the next one may find the database back. The chain is continued in
    the same way, under its own *name*.
    """
    told, taken = "", 0
    while not stopping.wait(0 if taken else every_s):
        try:
            taken = sweep_once()
        except Exception as error:  # noqa: BLE001 - told below, and tried again
            taken = 0
            mistake = without_values(error)
            again = mistake == told
            told = mistake
            told_now = type(error).__name__ if again else mistake
            log.error("the %s failed and will be tried again: %s", name, told_now)
