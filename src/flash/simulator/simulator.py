"""The simulator: all that its doors share, in memory."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from threading import Event, RLock

from flash.simulator.bank import STARTING_BALANCE_MINOR, Bank, Order
from flash.simulator.callbacks import Callback, Callbacks, Deliver, deliver_over_http
from flash.simulator.clock import SimulatorClock
from flash.simulator.faults import Faults
from flash.simulator.names import Operator
from flash.simulator.presets import ApiUser, mtn_users
from flash.simulator.scenarios import Scenario
from flash.simulator.tokens import Tokens

Teller = Callable[["Simulator", Order], Callback | None]
"""Makes an operator's callback about an order that ended, or None when nobody wants one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """What can be set while it runs.

    Attributes:
        approval_s: from a collection until the payer approved.
        payout_s: from MTN's transfer or refund until it arrived.
        airtel_payout_s: the same at Airtel, which answers when it is done unless this is above zero.
        hold_s: the longest that an answer is kept back, in real seconds.
        answer_after_s: how long every answer takes, in real seconds.
        starting_balance_minor: what an unknown number's wallet holds.
        payer_short_reason: why a collection fails when the payer has too little money.
        reason_form: how MTN writes a reason: `string`, `object` or `absent`.
        callback_method: how MTN calls back: `PUT` or `POST`.
        refusals_as: whether MTN's test numbers refuse by `status`, or by `http` where the code exists there.
        airtel_signing: orders must be signed.
        airtel_kyc: user enquiry is enabled.
        airtel_balance: balance enquiry is enabled.
        airtel_callback_url: where Airtel calls back; empty is nowhere.
        airtel_hash_key: signs Airtel's callbacks; empty is not at all.
    """

    approval_s: float = 1.0
    payout_s: float = 0.5
    airtel_payout_s: float = 0.0
    hold_s: float = 30.0
    answer_after_s: float = 0.0
    starting_balance_minor: int = STARTING_BALANCE_MINOR
    payer_short_reason: str = "not_enough_funds"
    reason_form: str = "string"
    callback_method: str = "PUT"
    refusals_as: str = "status"
    airtel_signing: bool = False
    airtel_kyc: bool = True
    airtel_balance: bool = True
    airtel_callback_url: str = ""
    airtel_hash_key: str = ""


class Simulator:
    """The operators' shared state. Nothing waits while it holds the lock.

    Attributes:
        held: answers wait until this is over; see `hold`.
    """

    def __init__(
        self,
        *,
        clock: SimulatorClock | None = None,
        knobs: Knobs | None = None,
        deliver: Deliver = deliver_over_http,
        pool: Executor | None = None,
        wait: Callable[[float], None] | None = None,
    ) -> None:
        """Begin.

        Args:
            clock: the real time by default.
            knobs: how it begins, and what `reset` goes back to.
            deliver: sends a callback.
            pool: where callbacks are sent from; by default the thread that finds one due.
            wait: what to do instead of really waiting so many seconds, for tests.
        """
        self.clock = clock or SimulatorClock()
        self.callbacks = Callbacks(self.clock, deliver, pool)
        self.tellers: dict[Operator, Teller] = {}
        self.lock = RLock()
        self._wait = wait
        self._first_knobs = knobs or Knobs()
        self._hurry, self._released = Event(), Event()
        self._begin()

    def _begin(self) -> None:
        self.knobs = self._first_knobs
        self.bank = Bank(self.knobs.starting_balance_minor, short_reason=self.knobs.payer_short_reason)
        self.tokens = Tokens()
        self.faults = Faults()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.down: set[Operator] = set()
        self.mtn_users: dict[str, ApiUser] = mtn_users()
        self.notified: set[str] = set()
        self.consents: dict[str, str] = {}
        self._scenarios: dict[tuple[str, str | None], Scenario] = {}
        self._attempts: Counter[str] = Counter()
        self._hurry.clear()
        self._released.set()

    def reset(self) -> None:
        """Forget everything but the time, and let every answer go that is kept back."""
        self._hurry.set()
        self._released.set()
        with self.lock:
            self.callbacks.clear()
            self._begin()

    def close(self) -> None:
        """Let every answer go, now and from now on."""
        self._hurry.set()
        self._released.set()

    def turn(self, knobs: Knobs) -> None:
        """Take new settings."""
        with self.lock:
            self.knobs = knobs
            self.bank.starting_minor = knobs.starting_balance_minor
            self.bank.short_reason = knobs.payer_short_reason

    # --- Time

    def tick(self) -> None:
        """End what is due, and send the callbacks that are due."""
        for order in self.bank.settle_due(self.clock.now()):
            self.tell(order)
        self.callbacks.send_due()

    def tell(self, order: Order) -> None:
        """Send the callbacks about an order that ended."""
        callback = self.tellers[order.operator](self, order)
        if callback:
            due_at = (order.settled_at or self.clock.now()) + order.scenario.callback_late
            for _ in range(order.scenario.callbacks):
                self.callbacks.schedule(callback, due_at)

    def wait(self, seconds: float) -> None:
        """Really wait, but never longer than `hold_s`, and not beyond a reset."""
        seconds = min(seconds, self.knobs.hold_s)
        if self._wait:
            self._wait(seconds)
        elif seconds > 0:
            self._hurry.wait(seconds)

    def wait_while_held(self) -> None:
        """Wait until answers are released, but never longer than `hold_s`."""
        if not self._released.is_set():
            if self._wait:
                self._wait(self.knobs.hold_s)
            else:
                self._released.wait(self.knobs.hold_s)

    @property
    def held(self) -> bool:
        """Whether answers are kept back."""
        return not self._released.is_set()

    def hold(self, held: bool) -> None:
        """Keep all answers back, or let them go."""
        if held:
            self._released.clear()
        else:
            self._released.set()

    # --- Scenarios

    def set_scenario(self, party: str, of: str | None, scenario: Scenario | None) -> None:
        """Say what goes wrong with a number, for one kind of order or for all; None takes it back."""
        with self.lock:
            if scenario is None:
                self._scenarios.pop((party, of), None)
            else:
                self._scenarios[party, of] = scenario

    def scenario_of(self, party: str, of: str) -> Scenario | None:
        """Return what was set for a number; None when nothing was."""
        with self.lock:
            return self._scenarios.get((party, of)) or self._scenarios.get((party, None))

    def scenarios(self) -> dict[tuple[str, str | None], Scenario]:
        """Return all that were set."""
        with self.lock:
            return dict(self._scenarios)

    def first_times(self, reference: str, times: int) -> bool:
        """Count a call with this reference, and return whether it is one of the first *times*."""
        with self.lock:
            self._attempts[reference] += 1
            return self._attempts[reference] <= times

    def count(self, operator: Operator, operation: str) -> None:
        """Note a call."""
        with self.lock:
            self.calls[operator, operation] += 1
