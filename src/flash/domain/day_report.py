"""What a day came to: payments that ended and why, money that moved, people who joined."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flash.domain.facts import Way
from flash.domain.leg import Kind
from flash.domain.money import Money
from flash.domain.outcome import Reason
from flash.domain.routing import Operator
from flash.domain.transfer import State


@dataclass(frozen=True, slots=True)
class Begun:
    """Transfers that were made: how many, about how much, and what of it has not ended since."""

    count: int
    amount: Money
    open_count: int
    open_amount: Money


@dataclass(frozen=True, slots=True)
class Ended:
    """A transfer that ended, after so long."""

    way: Way
    state: State
    reason: Reason | None
    amount: Money
    fee: Money
    took: timedelta


@dataclass(frozen=True, slots=True)
class Moved:
    """What legs of one kind moved at one operator."""

    operator: Operator
    kind: Kind
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Score:
    """How transfers ended."""

    completed: int = 0
    failed: int = 0
    returned: int = 0
    cancelled: int = 0

    @property
    def success_rate(self) -> float | None:
        """The share that reached the payee, of those that nobody cancelled; None when there was none."""
        tried = self.completed + self.failed + self.returned
        return self.completed / tried if tried else None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long it took until a payment reached the payee; None when none did."""

    median: timedelta | None = None
    p95: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """A local day.

    Attributes:
        begun: the transfers that were made on it, whenever they end.
        score: how the transfers ended that ended on it, whenever they were made.
        by_payer_operator: the same, by the operator of the payer; `by_payee_operator` by that of the payee.
        reasons: why those ended that did not reach the payee.
        volume: what reached payees.
        fees: what was earned with it.
        moved: what moved at the operators.
        joined: accounts that were made.
    """

    day: date
    begun: Begun
    score: Score
    by_payer_operator: Mapping[Operator, Score]
    by_payee_operator: Mapping[Operator, Score]
    reasons: Mapping[tuple[State, Reason], int]
    volume: Money
    fees: Money
    pace: Pace
    moved: Sequence[Moved]
    joined: int
    cases_opened: int
    cases_closed: int


class Tally:
    """Counts transfers that ended, one after the other."""

    def __init__(self, ended: Iterable[Ended]) -> None:
        self._ends: Counter[tuple[State, Operator, Operator]] = Counter()
        self.reasons: Counter[tuple[State, Reason]] = Counter()
        self.volume = self.fees = Money(0)
        self._took: list[timedelta] = []
        for one in ended:
            self._add(one)

    def _add(self, one: Ended) -> None:
        self._ends[one.state, one.way.payer_operator, one.way.payee_operator] += 1
        if one.state is State.COMPLETED:
            self.volume += one.amount
            self.fees += one.fee
            self._took.append(one.took)
        else:
            self.reasons[one.state, one.reason or Reason.OTHER] += 1

    @property
    def score(self) -> Score:
        """How all of them ended."""
        return _score(self._ends)

    @property
    def by_payer_operator(self) -> Mapping[Operator, Score]:
        """How they ended, by the operator of the payer."""
        return {one: _score(self._of(1, one)) for one in Operator if self._of(1, one)}

    @property
    def by_payee_operator(self) -> Mapping[Operator, Score]:
        """How they ended, by the operator of the payee."""
        return {one: _score(self._of(2, one)) for one in Operator if self._of(2, one)}

    @property
    def pace(self) -> Pace:
        """How long those took that reached the payee."""
        ordered = sorted(self._took)
        return Pace(_part(ordered, 50), _part(ordered, 95)) if ordered else Pace()

    def _of(self, place: int, operator: Operator) -> Counter[tuple[State, Operator, Operator]]:
        return Counter({end: count for end, count in self._ends.items() if end[place] is operator})


def _score(ends: Counter[tuple[State, Operator, Operator]]) -> Score:
    counts: Counter[str] = Counter()
    for (state, _, _), count in ends.items():
        counts[state.value] += count
    return Score(**counts)


def _part(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """Return the smallest of some durations that so many percent of them do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]
