"""Look whether operators can be worked with, and say what to mend; no money moves."""

import logging
from collections.abc import Mapping, Sequence

from flash.domain.routing import Operator
from flash.ports.provider import Examinable, Finding, Provider
from flash.usecases.mistakes import tell

log = logging.getLogger(__name__)


def examine(operator: Provider) -> Sequence[Finding]:
    """Return what an operator's adapter finds; one line that says so when there is nothing to look at."""
    found: object = operator
    if isinstance(found, Examinable):
        return found.examine()
    return [Finding("adapter", good=True, told="This profile has an operator of its own, which needs nothing.")]


def report(operators: Mapping[Operator, Provider]) -> None:
    """Log a line for each finding at the start of a process: what is wrong must be read before a payment shows it."""
    for name, operator in operators.items():
        try:
            findings = list(examine(operator))
        except Exception as error:  # noqa: BLE001 - told below; the service works on, and payments wait
            tell(log, error, "%s could not be examined", name)
            continue
        for finding in findings:
            log.log(logging.INFO if finding.good else logging.WARNING, "%s", as_line(name, finding))


def as_line(name: str, finding: Finding) -> str:
    """Return a finding as one line: how it is, what was looked at, what was found, what to do."""
    mend = f" {finding.mend}" if finding.mend and not finding.good else ""
    return f"{'ok ' if finding.good else 'BAD'} {name} {finding.subject}: {finding.told}{mend}"
