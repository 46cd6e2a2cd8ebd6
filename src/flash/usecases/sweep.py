"""The promise that nothing is forgotten: take everything that is due, whoever forgot it, and advance it."""

import logging
import threading
from collections import Counter
from collections.abc import Callable

from flash.domain.routing import Operator
from flash.domain.transfer import Transfer
from flash.trail import piece_of_work
from flash.usecases.advance_transfer import Engine, drive_transfer, take_step
from flash.usecases.mistakes import MISTAKE, tell, without_values

log = logging.getLogger(__name__)

MOST = 1000
"""Transfers taken by one sweep; the next one goes on."""


class Bulkhead:
    """Keeps an operator that is silent from taking all the threads that sweep.

    Args:
        threads: how many there are; half of them, and at least one, may be at one operator.
    """

    def __init__(self, threads: int) -> None:
        self._most = max(1, threads // 2)
        self._turn = threading.Lock()
        self._at: Counter[Operator] = Counter()

    def claim(self, engine: Engine) -> Transfer | None:
        """Take the transfer that is due longest, of those whose operator is not full; None when there is none."""
        now = engine.clock.now()
        with self._turn, engine.unit_of_work() as store:
            full = [operator for operator, count in self._at.items() if count >= self._most]
            claimed = store.transfers.claim_due(now, until=now + engine.patience.lease, limit=1, avoiding=full)
            self._at.update(transfer.next_operator for transfer in claimed)
        return claimed[0] if claimed else None

    def left(self, transfer: Transfer) -> None:
        """The one that took the transfer is free again."""
        with self._turn:
            self._at[transfer.next_operator] -= 1


def sweep(engine: Engine, *, most: int = MOST, bulkhead: Bulkhead | None = None) -> int:
    """Advance what is due, one after the other, the longest due first.

    Any number may sweep at once, in threads and processes: each takes one transfer at a time, so nobody waits for
    somebody else's slow call, and no claim grows old in a queue.

    Args:
        engine: what it takes.
        most: how many are taken.
        bulkhead: what the threads of one process share.

    Returns:
        How many transfers were taken; no more than *most*.
    """
    bulkhead = bulkhead or Bulkhead(2)
    for taken in range(most):
        transfer = bulkhead.claim(engine)
        if transfer is None:
            return taken
        try:
            with piece_of_work():
                _advance(transfer, engine)
        finally:
            bulkhead.left(transfer)
    return most


def _advance(transfer: Transfer, engine: Engine) -> None:
    """Advance one claimed transfer. One that breaks must not keep the others waiting; its lease brings it back."""
    try:
        after = take_step(transfer, engine)
        if after is not None and after.due_at is not None and after.due_at <= engine.clock.now():
            drive_transfer(after.id, engine)
    except Exception as error:  # noqa: BLE001 - told below, and due again after its lease
        tell(log, error, "transfer %s could not be advanced", transfer.id)


def sweep_until(
    stopping: threading.Event, sweep_once: Callable[[], int], every_s: float, *, name: str = "sweep"
) -> None:
    """Sweep again and again: at once while there is something due, otherwise after a while.

    A sweep that fails is told and not the end: the next one may find the database back. The chain is continued in
    the same way, under its own *name*.
    """
    told, taken = "", 0
    while not stopping.wait(0 if taken else every_s):
        with piece_of_work():
            try:
                taken = sweep_once()
            except Exception as error:  # noqa: BLE001 - told below, and tried again
                taken = 0
                mistake = without_values(error)
                told_now = type(error).__name__ if mistake == told else mistake
                told = mistake
                log.error("the %s failed and will be tried again: %s", name, told_now, extra={MISTAKE: error})
