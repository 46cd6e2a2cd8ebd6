"""Figures about everything that is stored, in memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flash.domain import message
from flash.domain.day_report import Begun, Ended, Moved
from flash.domain.facts import way_of
from flash.domain.leg import Kind, LegState
from flash.domain.money import Money
from flash.domain.routing import Operator
from flash.domain.standing import Waiting
from flash.domain.transfer import FINAL, State, Transfer

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryFigures:
    """See `ports.figures.Figures`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables

    def due(self, now: datetime) -> Waiting:
        return _waiting(one.due_at for one in self._transfers if one.due_at is not None and one.due_at <= now)

    def open_transfers(self) -> Mapping[State, tuple[int, Money]]:
        alive = [one for one in self._transfers if one.state not in FINAL]
        by_state = {state: [one for one in alive if one.state is state] for state in State}
        return {state: (len(some), _total(some)) for state, some in by_state.items() if some}

    def waiting_messages(self) -> Mapping[message.Kind, Waiting]:
        left = [one for one in self._tables.messages.values() if one.due_at is not None]
        by_kind = {kind: _waiting(one.created_at for one in left if one.kind is kind) for kind in message.Kind}
        return {kind: waiting for kind, waiting in by_kind.items() if waiting.count}

    def open_cases(self) -> Waiting:
        return _waiting(filed.case.at for filed in self._tables.cases.values() if filed.closed_at is None)

    def begun(self, start: datetime, end: datetime) -> Begun:
        made = [one for one in self._transfers if start <= one.created_at < end]
        alive = [one for one in made if one.state not in FINAL]
        return Begun(len(made), _total(made), len(alive), _total(alive))

    def ended(self, start: datetime, end: datetime) -> Iterator[Ended]:
        for one in self._transfers:
            for step in self._tables.steps[one.id]:
                if step.after in FINAL and start <= step.at < end:
                    yield Ended(way_of(one), one.state, one.reason, one.amount, one.fee, step.at - one.created_at)

    def moved(self, start: datetime, end: datetime) -> Sequence[Moved]:
        sums: dict[tuple[Operator, Kind], tuple[int, Money]] = {}
        for leg in (leg for one in self._transfers for leg in one.legs if leg.state is LegState.SETTLED):
            if leg.closed_at is not None and start <= leg.closed_at < end:
                count, amount = sums.get((leg.operator, leg.kind), (0, Money(0)))
                sums[leg.operator, leg.kind] = (count + 1, amount + leg.amount)
        return [Moved(*known, *summed) for known, summed in sorted(sums.items())]

    def joined(self, start: datetime, end: datetime) -> int:
        return sum(start <= one.created_at < end for one in self._tables.accounts.values())

    def cases(self, start: datetime, end: datetime) -> tuple[int, int]:
        filed = self._tables.cases.values()
        opened = sum(start <= one.case.at < end for one in filed)
        return opened, sum(one.closed_at is not None and start <= one.closed_at < end for one in filed)

    @property
    def _transfers(self) -> Iterable[Transfer]:
        return self._tables.transfers.values()


def _waiting(moments: Iterable[datetime]) -> Waiting:
    known = list(moments)
    return Waiting(len(known), min(known, default=None))


def _total(some: Iterable[Transfer]) -> Money:
    return sum((one.amount for one in some), Money(0))
