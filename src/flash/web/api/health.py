"""Whether Flash can work, for load balancers and for people."""

from typing import Any

from pyramid.view import view_config


@view_config(route_name="health", request_method="GET", openapi=True, renderer="json")
@view_config(route_name="api_health", request_method="GET", openapi=True, renderer="json")
def health(request: Any) -> dict[str, str]:
    """Ask the database; when it does not answer, errors.py does."""
    request.services.database.ping()
    return {"status": "ok"}
