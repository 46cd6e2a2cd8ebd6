"""What a demo can do besides: complete a payment that does not end by itself. Nowhere else it exists."""

from typing import Any

from pyramid.config import Configurator
from pyramid.view import view_config

from flash.domain.transfer import MEANINGS
from flash.usecases.complete_demo import complete_demo
from flash.web.pins import settle
from flash.wiring import demo_engine


def includeme(config: Configurator) -> None:
    """Add the route. Include it only where the sandbox is the only operator."""
    config.add_route("complete_demo", "/api/demo/transactions/{id:[0-9A-Za-z-]{1,64}}/complete/")
    config.scan("flash.web.demo")


@view_config(route_name="complete_demo", request_method="POST", renderer="json")
def complete(request: Any) -> dict[str, Any]:
    """Complete one of the caller's payments."""
    account = request.account
    settle(request)
    transfer = complete_demo(request.matchdict["id"], account, engine=demo_engine(request.services))
    return {
        "transaction_id": str(transfer.id),
        "reference_id": transfer.number,
        "status": MEANINGS[transfer.state].status,
        "demo": True,
    }
