"""Count what goes through: calls to operators, sweeps and chores, and the floats that operators tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from flash.domain.circuit import Circuit, Condition
from flash.domain.facts import ChoreDone, FloatHeard, OperatorCalled, Swept
from flash.domain.routing import Operator
from flash.ports.circuits import Circuits
from flash.ports.clock import Clock
from flash.ports.jobs import Chore
from flash.ports.meter import Meter
from flash.ports.provider import FloatCheck, Provider

FLOATS_S = 60.0
"""Seconds from one question about our floats to the next."""
SWEEP = "sweep"


class MeteredCircuits:
    """Circuits that also let a meter hear of each call: whoever tells them tells it."""

    def __init__(self, circuits: Circuits, meter: Meter) -> None:
        self._circuits = circuits
        self._meter = meter

    def heard(self, circuit: Circuit, *, good: bool, took: timedelta) -> None:
        """See `ports.circuits.Circuits`."""
        self._meter.note(OperatorCalled(circuit, good, took))
        self._circuits.heard(circuit, good=good, took=took)

    def condition(self, circuit: Circuit) -> Condition:
        """See `ports.circuits.Circuits`."""
        return self._circuits.condition(circuit)

    def conditions(self) -> Mapping[Circuit, Condition] | None:
        """See `ports.circuits.Circuits`."""
        return self._circuits.conditions()

    def lets_through(self, circuit: Circuit) -> bool:
        """See `ports.circuits.Circuits`."""
        return self._circuits.lets_through(circuit)


def metered(chore: Chore, meter: Meter) -> Chore:
    """Return the same chore, counted each time it is done or fails."""
    return replace(chore, do=_counted(chore.do, chore.name, meter))


def metered_sweep(sweep: Callable[[], int], meter: Meter) -> Callable[[], int]:
    """Return the same sweep, counted with what it takes."""
    counted = _counted(sweep, SWEEP, meter)

    def swept() -> int:
        taken = counted()
        meter.note(Swept(taken))
        return taken

    return swept


def _counted(do: Callable[[], int], name: str, meter: Meter) -> Callable[[], int]:
    def counted() -> int:
        failed = True
        try:
            done = do()
            failed = False
        finally:
            meter.note(ChoreDone(name, failed))
        return done

    return counted


@dataclass(frozen=True, slots=True)
class FloatWatch:
    """Asks operators what our payout floats hold. No web request does, because an operator may take its time."""

    operators: Mapping[Operator, Provider]
    meter: Meter
    clock: Clock

    def hear(self) -> int:
        """Ask each operator that tells; one that does not answer leaves what was heard before, and its time.

        Returns:
            Nothing is left to do, so 0.
        """
        for name, operator in self.operators.items():
            told = operator.float_available() if isinstance(operator, FloatCheck) else None
            if told is not None:
                self.meter.note(FloatHeard(name, told, self.clock.now()))
        return 0
