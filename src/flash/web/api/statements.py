"""Statements of account: written whole into a file that no other has a name for, and then sent."""

import logging
import tempfile
from contextlib import ExitStack
from datetime import date
from typing import IO, Any

from pyramid.response import FileIter
from pyramid.view import view_config

from flash.domain.account_statement import period_of
from flash.domain.limits import local_day
from flash.ports.throttle import Rule
from flash.usecases.account_statements import Order, write_statement
from flash.web.admission import admit
from flash.web.errors import Unavailable
from flash.web.released import released

log = logging.getLogger(__name__)

IN_MEMORY = 1024 * 1024
"""Bytes; what is longer goes to the disk."""


class NoRoom(Unavailable):
    """The disk is full."""

    text = "The statement cannot be made right now. Please try again later, or ask for fewer days."


@view_config(route_name="statement", request_method="GET", openapi=True, renderer="json")
def statement(request: Any) -> Any:
    """Send a statement of account. Nothing is sent before all of it is there."""
    wanted, account, services = request.openapi_validated.parameters, request.account, request.services
    now = services.clock.now()
    last = date.fromisoformat(wanted["to"]) if "to" in wanted else local_day(now)
    first = date.fromisoformat(wanted["from"]) if "from" in wanted else min(last, local_day(now)).replace(day=1)
    order = Order(account, period_of(first, last, now), services.statement_formats[wanted["format"]])
    admit(request, Rule.STATEMENT, account.id)
    with released(request):  # The rows are read in short units of work.
        file = _written(order, services)
    name = f"flash-{order.period.first}-{order.period.last}.{order.format.suffix}"
    response = request.response
    response.headers["Content-Type"] = order.format.content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.content_length = file.tell()
    file.seek(0)
    response.app_iter = FileIter(file)
    return response


def _written(order: Order, services: Any) -> IO[bytes]:
    """Return the file; what is left of it when it cannot be written is gone at once."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        try:
            write_statement(order, file, read=services.database.snapshot, seals=services.seals)
        except OSError as error:
            log.error("a statement could not be written: %s", error.strerror)
            raise NoRoom from error
        stack.pop_all()
    return file
