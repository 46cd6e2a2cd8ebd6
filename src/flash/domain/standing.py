"""How things stand at the moment: what waits, for how long, and what is well."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flash.domain import message
from flash.domain.circuit import Circuit, Flow
from flash.domain.money import Money
from flash.domain.transfer import State


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of something wait, and since when the first does; None when nothing does."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What the database says.

    Attributes:
        due: transfers that should have been looked at already.
        open: transfers that have not ended, by state, and how much they are about.
        messages: those that have not left yet, by kind.
        cases: those that nobody closed.
        events: those that wait at endpoints that take some.
        events_held: those that wait at endpoints that were disabled.
    """

    due: Waiting
    open: Mapping[State, tuple[int, Money]] = field(default_factory=dict)
    messages: Mapping[message.Kind, Waiting] = field(default_factory=dict)
    cases: Waiting = field(default_factory=Waiting)
    events: Waiting = field(default_factory=Waiting)
    events_held: Waiting = field(default_factory=Waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything that is looked up for whoever watches. What could not be looked up is None.

    Attributes:
        at: when it was looked up.
        woken: wake-ups that wait for a worker.
        flows: how each circuit is.
        people: how many different people called in the last minutes.
    """

    at: datetime
    backlog: Backlog | None = None
    woken: int | None = None
    flows: Mapping[Circuit, Flow] | None = None
    people: int | None = None
