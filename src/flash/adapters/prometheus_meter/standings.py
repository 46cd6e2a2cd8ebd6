"""How standings are told to Prometheus: gauges that are made anew each time, the same whichever process is asked."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily

from flash.domain.circuit import Flow
from flash.domain.standing import Backlog, Standing, Waiting


def standing_gauges(standing: Standing) -> Iterator[GaugeMetricFamily]:
    """Yield how things stand; what is unknown is left out."""
    backlog, woken = standing.backlog, standing.woken
    yield _gauge("flash_database_up", "Whether the database tells how things stand.", int(backlog is not None))
    yield _gauge("flash_queue_up", "Whether the queue of wake-ups answers.", int(woken is not None))
    if backlog is not None:
        yield from _backlog_gauges(backlog, standing.at)
    if woken is not None:
        yield _gauge("flash_queue_wakeups", "Wake-ups that wait for a worker.", woken)
    if standing.people is not None:
        yield _gauge("flash_people_active", "Different people who called in the last five minutes.", standing.people)
    if standing.flows is not None:
        told = "Whether nothing new is sent there (open), or answers take long (slow)."
        family = GaugeMetricFamily("flash_circuit", told, labels=("operator", "operation", "flow"))
        for circuit, flow in standing.flows.items():
            for known in (Flow.OPEN, Flow.SLOW):
                family.add_metric((circuit.operator.value, circuit.operation.value, known.value), int(flow is known))
        yield family


def _backlog_gauges(backlog: Backlog, at: datetime) -> Iterator[GaugeMetricFamily]:
    yield _gauge("flash_transfers_due", "Transfers that should have been looked at already.", backlog.due.count)
    yield _gauge("flash_transfers_due_age_seconds", "Since when the oldest of them is due.", _age(backlog.due, at))
    counts = GaugeMetricFamily("flash_transfers_open", "Transfers that have not ended.", labels=("state",))
    sums = GaugeMetricFamily("flash_transfers_open_ngwee", "What they are about, in ngwee.", labels=("state",))
    for state, (count, amount) in backlog.open.items():
        counts.add_metric((state.value,), count)
        sums.add_metric((state.value,), amount.minor)
    yield counts
    yield sums
    waiting = GaugeMetricFamily("flash_messages_waiting", "Messages that have not left yet.", labels=("kind",))
    ages = GaugeMetricFamily("flash_messages_waiting_age_seconds", "How old the oldest of them is.", labels=("kind",))
    for kind, left in backlog.messages.items():
        waiting.add_metric((kind.value,), left.count)
        ages.add_metric((kind.value,), _age(left, at))
    yield waiting
    yield ages
    yield _gauge("flash_cases_open", "Cases that nobody closed.", backlog.cases.count)
    yield _gauge("flash_cases_open_age_seconds", "How old the oldest of them is.", _age(backlog.cases, at))
    events = GaugeMetricFamily("flash_events_waiting", "Events that wait for an endpoint.", labels=("endpoint",))
    ages = GaugeMetricFamily("flash_events_waiting_age_seconds", "How old the oldest is.", labels=("endpoint",))
    for endpoint, queue in (("taking", backlog.events), ("disabled", backlog.events_held)):
        events.add_metric((endpoint,), queue.count)
        ages.add_metric((endpoint,), _age(queue, at))
    yield events
    yield ages


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, value=value)


def _age(waiting: Waiting, at: datetime) -> float:
    return max(0.0, (at - waiting.since).total_seconds()) if waiting.since else 0.0
