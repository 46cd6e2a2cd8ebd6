"""Circuits: whether an operator is well enough to be asked for something new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from flash.domain.routing import Operator


class Operation(StrEnum):
    """What an operator may be able to do while it cannot do the rest."""

    COLLECTION = "collection"
    DISBURSEMENT = "disbursement"
    REFUND = "refund"
    QUERY = "query"
    """Telling what became of a leg."""
    ACCOUNT = "account"
    """Telling about a customer's wallet, and about our float."""


class Circuit(NamedTuple):
    """One operation of one operator."""

    operator: Operator
    operation: Operation


class Flow(StrEnum):
    """How it goes through a circuit."""

    CLOSED = "closed"
    """As it should."""
    SLOW = "slow"
    """Answers take long, or it was open and is being tried again."""
    OPEN = "open"
    """Not at all: nothing new is sent."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a circuit is.

    Attributes:
        wait: for an open one, how long until it is tried again.
    """

    flow: Flow = Flow.CLOSED
    wait: timedelta = timedelta(0)


def needed(payer_operator: Operator, payee_operator: Operator) -> Iterator[Circuit]:
    """Yield the circuits without which a new transfer could not be brought to an end."""
    yield Circuit(payer_operator, Operation.COLLECTION)
    yield Circuit(payer_operator, Operation.QUERY)
    yield Circuit(payee_operator, Operation.ACCOUNT)
    yield Circuit(payee_operator, Operation.DISBURSEMENT)
    if payee_operator is not payer_operator:
        yield Circuit(payee_operator, Operation.QUERY)


def of_operator(operator: Operator) -> Iterator[Circuit]:
    """Yield all circuits of an operator."""
    return (Circuit(operator, operation) for operation in Operation)


def worst(conditions: Iterator[Condition]) -> Condition:
    """Return the worst of some conditions: the open one that takes longest, or a slow one."""
    order = list(Flow)
    return max(conditions, key=lambda one: (order.index(one.flow), one.wait), default=Condition())
