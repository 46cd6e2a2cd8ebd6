"""The series that Prometheus is shown: what each fact counts for.

Every value of a label is from a closed set of ours; what comes from outside is `unknown` or `other`.
"""

from functools import singledispatchmethod

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from flash.domain.facts import (
    CaseOpened,
    ChoreDone,
    Fact,
    FloatHeard,
    LegEnded,
    LineEnded,
    MessageEnded,
    OperatorCalled,
    PersonJoined,
    RequestAnswered,
    Swept,
    TransferBegan,
    TransferEnded,
    Way,
)
from flash.domain.leg import LegState

REQUEST_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
CALL_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 25)
TRANSFER_S = (5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 86400)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CAUSES = frozenset({"contradiction", "doubt_too_old", "refund_declined", "never_ordered"})
WAY = ("payer_operator", "payee_operator", "occasion")


class Series:
    """What was counted.

    Args:
        registry: where the series are found; None when they are found in files.
    """

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self._registry = registry
        count, time = self._counter, self._histogram
        self._requests = count("flash_http_requests", "Web requests answered.", "route", "method", "status")
        self._request_s = time(
            "flash_http_request_duration_seconds",
            "Time to an answer, without the time for which it was asked to wait.",
            REQUEST_S,
            "route",
            "method",
        )
        self._begun = count("flash_transfers_begun", "Transfers stored.", *WAY)
        self._ended = count("flash_transfers_ended", "Transfers in a final state.", *WAY, "outcome", "reason")
        self._transfer_s = time("flash_transfer_duration_seconds", "Time to a final state.", TRANSFER_S, "outcome")
        self._legs = count("flash_legs_ended", "Legs settled or declined.", "operator", "kind", "outcome")
        self._moved = count("flash_moved_ngwee", "Money moved by settled legs, in ngwee.", "operator", "kind")
        self._call_s = time(
            "flash_operator_call_duration_seconds",
            "Time that operators took to answer, clearly or not.",
            CALL_S,
            "operator",
            "operation",
            "answer",
        )
        self._cases = count("flash_cases_opened", "Cases opened for members of staff.", "cause")
        self._lines = count("flash_list_lines", "Lines of lists that became a payment or were refused.", "outcome")
        self._messages = count("flash_messages_ended", "Messages sent, or given up.", "kind", "standing")
        self._joined = count("flash_people_joined", "Accounts made.")
        self._sweeps = count("flash_sweeps", "Looks into the database for what is due.")
        self._swept = count("flash_swept_transfers", "Transfers taken by sweeps.")
        self._chores = count("flash_chores", "Sweeps and chores done, or failed.", "chore", "outcome")
        self._float = self._gauge("flash_float_ngwee", "Payout float as the operator told it, in ngwee.", "operator")
        self._float_at = self._gauge(
            "flash_float_heard_timestamp_seconds", "When the operator last told the payout float.", "operator"
        )

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self._registry)

    def _histogram(self, name: str, told: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, told, labels, registry=self._registry, buckets=buckets)

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(name, told, labels, registry=self._registry, multiprocess_mode="mostrecent")

    @singledispatchmethod
    def count(self, fact: Fact) -> None:
        """Count a fact."""
        raise TypeError(f"nobody counts {type(fact).__name__}")

    @count.register
    def _(self, fact: RequestAnswered) -> None:
        method = fact.method if fact.method in METHODS else "other"
        self._requests.labels(fact.route, method, f"{fact.status // 100}xx").inc()
        self._request_s.labels(fact.route, method).observe(fact.took.total_seconds())

    @count.register
    def _(self, fact: TransferBegan) -> None:
        self._begun.labels(*_way(fact.way)).inc()

    @count.register
    def _(self, fact: TransferEnded) -> None:
        self._ended.labels(*_way(fact.way), fact.state.value, fact.reason.value if fact.reason else "none").inc()
        self._transfer_s.labels(fact.state.value).observe(fact.took.total_seconds())

    @count.register
    def _(self, fact: LegEnded) -> None:
        self._legs.labels(fact.operator.value, fact.kind.value, fact.state.value).inc()
        if fact.state is LegState.SETTLED:
            self._moved.labels(fact.operator.value, fact.kind.value).inc(fact.amount.minor)

    @count.register
    def _(self, fact: OperatorCalled) -> None:
        answer = "clear" if fact.clear else "unclear"
        circuit = fact.circuit
        self._call_s.labels(circuit.operator.value, circuit.operation.value, answer).observe(fact.took.total_seconds())

    @count.register
    def _(self, fact: CaseOpened) -> None:
        self._cases.labels(fact.cause if fact.cause in CAUSES else "reconciliation").inc()

    @count.register
    def _(self, fact: LineEnded) -> None:
        self._lines.labels("refused" if fact.refused else "made").inc()

    @count.register
    def _(self, fact: MessageEnded) -> None:
        self._messages.labels(fact.kind.value, fact.standing.value).inc()

    @count.register
    def _(self, _fact: PersonJoined) -> None:
        self._joined.inc()

    @count.register
    def _(self, fact: Swept) -> None:
        self._sweeps.inc()
        self._swept.inc(fact.taken)

    @count.register
    def _(self, fact: ChoreDone) -> None:
        self._chores.labels(fact.name, "failed" if fact.failed else "done").inc()

    @count.register
    def _(self, fact: FloatHeard) -> None:
        self._float.labels(fact.operator.value).set(fact.payout_float.minor)
        self._float_at.labels(fact.operator.value).set(fact.at.timestamp())


def _way(way: Way) -> tuple[str, str, str]:
    return way.payer_operator.value, way.payee_operator.value, way.occasion.value
