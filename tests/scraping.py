"""What a page of metrics says, read as Prometheus reads it."""

import re
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]

WORD = re.compile(r"(?:[a-z]+[ _]?)+|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|[1-5]xx|[0-9.]+|\+Inf")
PATTERN = re.compile(r"(?:/(?:[a-z0-9_.-]+|\{[a-z_]+\}))*/?")


def samples(page: str) -> Mapping[str, Mapping[Labels, float]]:
    """Return the value of each series, by its name and labels."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def total(page: str, name: str, **labels: str) -> float:
    """Return the sum of the series of this name that have these labels."""
    return sum(value for known, value in samples(page).get(name, {}).items() if labels.items() <= dict(known).items())


def telling(page: str) -> list[str]:
    """Return the values of labels that might tell anything but a word of ours: a number, an id, what somebody typed."""
    return [
        f"{name}: {label}={value}"
        for name, series in samples(page).items()
        for labels in series
        for label, value in labels
        if not (PATTERN if label == "route" and value != "unknown" else WORD).fullmatch(value)
        or (label != "le" and re.search(r"\d{3}|[0-9a-f]{8}-", value))
    ]
