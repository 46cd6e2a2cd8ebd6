"""One call to an operator's API: counted, perhaps spoilt, answered."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from pyramid.response import Response

from flash.simulator.bank import Order
from flash.simulator.faults import Role
from flash.simulator.names import Operator
from flash.simulator.scenarios import NOTHING, Answer, BadScenario, Scenario, parse_scenario
from flash.simulator.simulator import Simulator

SCENARIO_HEADER = "X-Simulator-Scenario"

REJECTED_PAGE = (
    "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "
    "Please consult with your administrator.<br>Your support ID is: 0</body></html>"
)
"""What a firewall in front of an operator says instead of the operator."""

MISSING_BYTES = 100
"""What an answer promises that has nothing to lose."""

NOT_JSON = object()


class Answered(Exception):
    """The answer is settled; nothing more is done."""

    def __init__(self, response: Any) -> None:
        self.response = response
        super().__init__(str(response.status))


class Answers(Protocol):
    """How an operator says what any API may say."""

    def unauthorised(self) -> Any:
        """The token is not valid."""
        ...

    def unavailable(self) -> Any:
        """Down."""
        ...

    def throttled(self) -> Any:
        """Too many calls."""
        ...

    def broken(self) -> Any:
        """Something went wrong inside."""
        ...

    def unknown(self) -> Any:
        """A status query about nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route is.

    Attributes:
        name: under which calls are counted.
    """

    operator: Operator
    name: str
    role: Role
    answers: Answers


class Call:
    """A request on its way through the simulator.

    Attributes:
        scenario: the one of this call's header; None when it has none.
        fault: what chance did to it.
    """

    def __init__(self, request: Any, simulator: Simulator, operation: Operation) -> None:
        self.request = request
        self.simulator = simulator
        self.operation = operation
        self.scenario: Scenario | None = None
        self.fault = NOTHING
        self._after: Answer | None = None
        self._hangs = False
        self._slow_s = 0.0

    def header(self, name: str) -> str | None:
        """Return a header."""
        value = self.request.headers.get(name)
        return None if value is None else str(value)

    def body(self) -> Any:
        """Return the body's JSON with exact numbers, or `NOT_JSON`."""
        try:
            return json.loads(self.request.body, parse_float=Decimal, parse_constant=_refuse_constant)
        except ValueError:
            return NOT_JSON

    def bearer(self) -> str:
        """Return the access token, or nothing."""
        kind, _, token = (self.header("Authorization") or "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    # --- What goes wrong

    def begin(self) -> None:
        """Do what comes before the operation.

        Raises:
            Answered: there is no operation.
        """
        simulator, operator = self.simulator, self.operation.operator
        simulator.tick()
        simulator.count(operator, self.operation.name)
        if operator in simulator.down:
            raise Answered(self.operation.answers.unavailable())
        self.fault = simulator.faults.draw(self.operation.role)
        self.meet(self.fault)
        text = self.header(SCENARIO_HEADER)
        if text is not None:
            self.scenario = self._parse(text)
            self.meet(self.scenario)

    def meet(self, scenario: Scenario) -> None:
        """Let a scenario spoil this call.

        Raises:
            Answered: it ends here, and nothing was done.
        """
        self._slow_s = max(self._slow_s, scenario.slow_s)
        answers = self.operation.answers
        match scenario.answer:
            case Answer.TIME_OUT:
                self.hang()
            case Answer.UNAVAILABLE:
                raise Answered(answers.unavailable())
            case Answer.THROTTLED:
                raise Answered(answers.throttled())
            case Answer.HTML:
                raise Answered(html(200, REJECTED_PAGE))
            case Answer.NOT_FOUND:
                raise Answered(answers.unknown())
            case Answer.TOKEN_EXPIRES:
                self._expire_tokens()
            case _:
                self._after = scenario.answer or self._after

    def meet_first(self, scenario: Scenario, reference: str) -> None:
        """Let a number's scenario spoil the first orders with a reference, as often as it says."""
        if scenario.answer and self.simulator.first_times(reference, scenario.times):
            self.meet(scenario)
        self._slow_s = max(self._slow_s, scenario.slow_s)

    def hang(self) -> None:
        """End without an answer.

        Raises:
            Answered: always.
        """
        self._hangs = True
        raise Answered(json_answer(200, {}))

    def hang_if_silent(self, order: Order) -> None:
        """End without an answer while an order is not to be spoken about."""
        if self.simulator.clock.now() < order.opened_at + order.scenario.silent:
            self.hang()

    def _expire_tokens(self) -> None:
        if self.operation.role is not Role.TOKEN:
            self.simulator.tokens.expire_all(self.bearer())
            raise Answered(self.operation.answers.unauthorised())

    def _parse(self, text: str) -> Scenario:
        try:
            return parse_scenario(text)
        except BadScenario as error:
            raise Answered(json_answer(400, {"error": f"{SCENARIO_HEADER}: {error}"})) from error

    def finish(self, response: Any) -> Any:
        """Return the answer as it reaches the client, after all waiting."""
        simulator = self.simulator
        if self._after is Answer.DONE_BUT_500 and response.status_int < 300:
            response = self.operation.answers.broken()
        simulator.wait_while_held()
        simulator.wait(max(self._slow_s, simulator.knobs.answer_after_s))
        if self._hangs or self._after is Answer.ACCEPT_THEN_TIME_OUT:
            simulator.wait(simulator.knobs.hold_s)
            return cut(response)
        return cut(response) if self._after is Answer.CUT else response


View = Callable[[Call], Any]

Route = tuple[str, str, Operation, View]
"""Method, path, what it is, and what answers."""


def api_view(simulator: Simulator, operation: Operation, view: View) -> Callable[[Any], Any]:
    """Return what Pyramid calls for an operation."""

    def answer(request: Any) -> Any:
        call = Call(request, simulator, operation)
        try:
            call.begin()
            response = view(call)
        except Answered as answered:
            response = answered.response
        return call.finish(response)

    return answer


def json_answer(status: int, body: Any) -> Any:
    """Return an answer with JSON."""
    return Response(status=status, json_body=body)


def empty(status: int) -> Any:
    """Return an answer with nothing in it."""
    return Response(status=status, body=b"", content_type="application/json")


def html(status: int, page: str) -> Any:
    """Return a page, where a client expects JSON."""
    return Response(status=status, text=page, content_type="text/html", charset="utf-8")


def cut(response: Any) -> Any:
    """Return an answer that promises more than it has, so that the server closes the connection in the middle of it."""
    broken = Response(status=response.status, body=b"", content_type=response.content_type)
    broken.headers["Content-Length"] = str(len(response.body) or MISSING_BYTES)
    return broken


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
