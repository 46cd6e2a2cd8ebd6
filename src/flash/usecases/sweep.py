"""The promise that nothing is forgotten: take everything that is due, whoever forgot it, and advance it."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from flash.domain.transfer import Transfer
from flash.usecases.advance_transfer import Engine, drive_transfer, take_step

log = logging.getLogger(__name__)

BATCH = 50
"""Transfers claimed at once. Each holds its claim until its turn comes, so the lease must outlast a whole batch."""


class Run(Protocol):
    """How a batch is worked off: one after the other like `map`, or by a pool of threads."""

    def __call__(self, function: Callable[[Transfer], bool], items: Iterable[Transfer], /) -> Iterable[bool]:
        """Apply the function to each item."""
        ...


def sweep(engine: Engine, *, run: Run = map, batches: int = 20) -> int:
    """Advance what is due, the longest due first, in so many batches at most.

    Returns:
        How many transfers were taken.
    """
    taken = 0
    for _ in range(batches):
        now = engine.clock.now()
        with engine.unit_of_work() as store:
            claimed = store.transfers.claim_due(now, until=now + engine.patience.lease, limit=BATCH)
        taken += sum(1 for _ in run(lambda transfer: _advance(transfer, engine), claimed))
        if len(claimed) < BATCH:
            break
    return taken


def _advance(transfer: Transfer, engine: Engine) -> bool:
    """Advance one claimed transfer. One that breaks must not keep the others waiting; its lease brings it back."""
    try:
        after = take_step(transfer, engine)
        if after is not None and after.due_at is not None and after.due_at <= engine.clock.now():
            drive_transfer(after.id, engine)
    except Exception:
        log.exception("transfer %s could not be advanced", transfer.id)
        return False
    return True


def sweep_until(stopping: threading.Event, sweep_once: Callable[[], object], every_s: float) -> None:
    """Sweep again and again. A sweep that fails is told and not the end: the next one may find the database back."""
    while not stopping.wait(every_s):
        try:
            sweep_once()
        except Exception:
            log.exception("the sweep failed; the next one comes in %s s", every_s)
