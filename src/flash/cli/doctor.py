"""`flash doctor`: whether all is well, one line each."""

import sys
from collections.abc import Iterator

import click

from flash.cli.common import clear_words
from flash.doctor.checklist import Line, go_through
from flash.domain.routing import Operator
from flash.settings import BadSettings, load
from flash.usecases.examine import as_line
from flash.wiring import build

OPERATORS = click.Choice([operator.value for operator in Operator])


@click.command()
@click.argument("operator", type=OPERATORS, required=False)
@click.pass_obj
def doctor(ini: str, operator: str | None) -> None:
    """Look whether all that a live service needs is there and well, or one operator; 1 when a line is BAD."""
    bad = False
    for good, line in _of_operator(ini, Operator(operator)) if operator else _of_service(ini):
        click.echo(line)
        bad = bad or good is False
    if bad:
        sys.exit(1)


def _of_service(ini: str) -> Iterator[tuple[bool | None, str]]:
    from flash.doctor.service import Service  # noqa: PLC0415 - only this command calls anybody

    try:
        settings = load(ini)
        services = build(settings)
    except BadSettings as error:
        for problem in error.problems:
            yield False, str(Line("settings", False, problem))
        yield None, str(Line("everything else", None, "Not looked at: it needs the settings."))
        return
    yield True, str(Line("settings", True, f"Nothing is missing in {ini}."))
    for line in go_through(Service(settings, services).checks()):
        yield line.good, str(line)
    services.database.engine.dispose()


def _of_operator(ini: str, operator: Operator) -> Iterator[tuple[bool, str]]:
    from flash.doctor.operator import findings  # noqa: PLC0415 - as above

    with clear_words():
        settings = load(ini)
        services = build(settings)
        if operator not in services.operators:
            raise click.ClickException(f"This profile has no flash.provider.{operator}.")
        for finding in findings(operator, services, settings):
            yield finding.good, as_line(operator, finding)
