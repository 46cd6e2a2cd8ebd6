"""What happened, as it is counted: facts with values from closed sets, and never a number, an id or a name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flash.domain import message
from flash.domain.circuit import Circuit
from flash.domain.leg import Kind, LegState
from flash.domain.money import Money
from flash.domain.outcome import Reason
from flash.domain.routing import Operator
from flash.domain.transfer import FINAL, Change, State, Transfer


class Occasion(StrEnum):
    """What a transfer was made for."""

    SEND = "send"
    REQUEST = "request"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Way:
    """Between whom a transfer goes, and on which occasion."""

    payer_operator: Operator
    payee_operator: Operator
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class TransferBegan:
    """A transfer was stored."""

    way: Way


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """A transfer got into a final state, after so long."""

    way: Way
    state: State
    reason: Reason | None
    took: timedelta


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A leg settled or was declined; one that people overrule ends anew."""

    operator: Operator
    kind: Kind
    state: LegState
    amount: Money


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """Somebody has to look at a transfer."""

    cause: str


@dataclass(frozen=True, slots=True)
class LineEnded:
    """A line of a list became a payment, or was refused."""

    refused: bool


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """A message was sent, or never will be."""

    kind: message.Kind
    standing: message.Standing


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """An account was made."""


@dataclass(frozen=True, slots=True)
class OperatorCalled:
    """An operator was called.

    Attributes:
        clear: it answered clearly, whatever the answer was.
    """

    circuit: Circuit
    clear: bool
    took: timedelta


@dataclass(frozen=True, slots=True)
class FloatHeard:
    """An operator told our payout float."""

    operator: Operator
    payout_float: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Swept:
    """The database was looked through for what is due, and so many were taken."""

    taken: int


@dataclass(frozen=True, slots=True)
class ChoreDone:
    """A chore, or the sweep, was tried."""

    name: str
    failed: bool


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """A web request was answered.

    Attributes:
        route: its pattern, or `unknown`.
        took: without the time for which it was asked to wait.
    """

    route: str
    method: str
    status: int
    took: timedelta


Fact = (
    TransferBegan
    | TransferEnded
    | LegEnded
    | CaseOpened
    | LineEnded
    | MessageEnded
    | PersonJoined
    | OperatorCalled
    | FloatHeard
    | Swept
    | ChoreDone
    | RequestAnswered
)


def occasion_of(*, pays_request: bool, pays_link: bool) -> Occasion:
    """Return what a transfer is made for, by what it pays."""
    if pays_link:
        return Occasion.LINK
    return Occasion.REQUEST if pays_request else Occasion.SEND


def way_of(transfer: Transfer) -> Way:
    """Return the way of a transfer."""
    occasion = occasion_of(pays_request=transfer.request_id is not None, pays_link=transfer.link_id is not None)
    return Way(transfer.payer_operator, transfer.payee_operator, occasion)


def facts_of(change: Change) -> Iterator[Fact]:
    """Yield what a change tells; they hang on it, so that no use case forgets one."""
    if change.ended_leg is not None:
        leg = change.ended_leg
        yield LegEnded(leg.operator, leg.kind, leg.state, leg.amount)
    if change.case is not None:
        yield CaseOpened(change.case.cause)
    if any(step.after in FINAL for step in change.steps):
        transfer = change.transfer
        took = transfer.updated_at - transfer.created_at
        yield TransferEnded(way_of(transfer), transfer.state, transfer.reason, took)
