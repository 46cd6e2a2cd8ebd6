"""Hear what an operator tells without being asked: keep it as it came, and ask now."""

from collections.abc import Mapping
from uuid import UUID

from flash.domain.callback import Callback
from flash.domain.routing import Operator
from flash.ports.clock import Clock
from flash.ports.provider import CallbackReader, Provider
from flash.ports.store import Store


def hear_callback(callback: Callback, *, store: Store, clock: Clock, operators: Mapping[Operator, Provider]) -> None:
    """Keep a callback, and have the transfer it is about looked at now. What it says is never evidence.

    It may come any number of times, before or after the answer to a query, in any order, or from anybody.
    """
    operator = operators.get(Operator(callback.operator)) if callback.operator in set(Operator) else None
    named = operator.reference_in(callback.body) if isinstance(operator, CallbackReader) else None
    about: tuple[UUID, UUID] | None = store.transfers.leg_called_about(callback.operator, callback.token, named)
    transfer_id, reference = about or (None, None)
    # The transfer first, and then what refers to its leg: the order in which everybody locks them.
    if transfer_id is not None and store.transfers.hint(transfer_id, clock.now()):
        store.jobs.advance(transfer_id)
    store.callbacks.add(callback, reference)
