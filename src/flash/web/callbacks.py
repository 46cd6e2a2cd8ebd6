"""Where operators call: everything is kept and answered alike, so that nobody learns anything from the answer."""

from typing import Any

from pyramid.config import Configurator
from pyramid.view import view_config

from flash.domain.callback import Callback
from flash.usecases.hear_callback import hear_callback


def includeme(config: Configurator) -> None:
    """Open the address that `X-Callback-Url` names (facts/momo_api.md A8: operators use PUT and POST)."""
    config.add_route("callback", "/callbacks/{operator}/{token}")
    config.scan("flash.web.callbacks")


@view_config(route_name="callback", request_method="PUT", renderer="json")
@view_config(route_name="callback", request_method="POST", renderer="json")
def callback(request: Any) -> dict[str, str]:
    """Keep what came, and wake whoever it concerns."""
    services = request.services
    hear_callback(
        Callback(
            received_at=services.clock.now(),
            operator=request.matchdict["operator"],
            token=request.matchdict["token"],
            method=request.method,
            source=str(request.remote_addr),
            headers=tuple(request.headers.items()),
            body=request.body,
        ),
        store=request.store,
        clock=services.clock,
        operators=services.operators,
    )
    return {"status": "received"}
