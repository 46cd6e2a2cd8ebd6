"""Hear what an operator tells without being asked: keep it as it came, and ask now."""

from collections.abc import Mapping

from flash.domain.callback import Callback
from flash.domain.routing import Operator
from flash.ports.clock import Clock
from flash.ports.provider import CallbackReader, Provider
from flash.ports.store import Store
from flash.trail import about


def hear_callback(callback: Callback, *, store: Store, clock: Clock, operators: Mapping[Operator, Provider]) -> None:
    """Keep a callback, and have the transfer it is about looked at now. What it says is never evidence.

    It may come any number of times, before or after the answer to a query, in any order, or from anybody.
    """
    operator = operators.get(Operator(callback.operator)) if callback.operator in set(Operator) else None
    named = operator.reference_in(callback.body) if isinstance(operator, CallbackReader) else None
    subject = store.transfers.leg_called_about(callback.operator, callback.token, named)
    if subject is not None:
        about(subject.number)
        # The transfer first, and then what refers to its leg: the order in which everybody locks them.
        if store.transfers.hint(subject.transfer_id, clock.now()):
            store.jobs.advance(subject.transfer_id)
    store.callbacks.add(callback, subject.reference if subject else None)
