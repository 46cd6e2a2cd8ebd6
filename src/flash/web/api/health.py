"""Whether Flash can work, for load balancers, for whoever starts its processes, and for people."""

from typing import Any

from pyramid.view import view_config

from flash.web.ending import ending_of
from flash.web.errors import Unavailable

OK = {"status": "ok"}


class NotMigrated(Unavailable):
    """The database is behind this release."""

    code = "not_migrated"
    text = "Flash is being updated. Please try again in a moment."


class AboutToEnd(Unavailable):
    """This process has been told to end."""

    code = "about_to_end"
    text = "This part of Flash is being replaced. Please try again in a moment."


@view_config(route_name="health", request_method="GET", openapi=True, renderer="json")
@view_config(route_name="api_health", request_method="GET", openapi=True, renderer="json")
def health(request: Any) -> dict[str, str]:
    """Ask the database; when it does not answer, errors.py does."""
    request.services.database.ping()
    return OK


@view_config(route_name="live", request_method="GET", openapi=True, renderer="json")
def live(_request: Any) -> dict[str, str]:
    """Say that this process answers, whatever became of everything else: a restart would mend nothing of that."""
    return OK


@view_config(route_name="ready", request_method="GET", openapi=True, renderer="json")
def ready(request: Any) -> dict[str, str]:
    """Say that this process may be sent requests.

    A database that is ahead is as good: the next release migrates it while this one still serves.

    Raises:
        AboutToEnd: it has been told to end, and whoever comes should go elsewhere.
        NotMigrated: the database is behind this release.
    """
    if ending_of(request.environ).begun:
        raise AboutToEnd
    if not request.services.database.is_migrated():
        raise NotMigrated
    return OK
