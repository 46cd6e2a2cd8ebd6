"""Who may not ask me for money."""

from typing import Any
from uuid import UUID

from pyramid.view import view_config

from flash.domain.msisdn import parse_msisdn
from flash.domain.request import Block
from flash.usecases.block_requester import block_number, block_requester, unblock
from flash.web.api.shapes import instant


@view_config(route_name="blocks", request_method="GET", openapi=True, renderer="json")
def blocks(request: Any) -> list[dict[str, Any]]:
    """List the numbers that the caller has blocked."""
    wanted = request.openapi_validated.parameters
    before = UUID(wanted["before"]) if "before" in wanted else None
    return [
        block_shape(one) for one in request.store.blocks.page(request.account.id, limit=wanted["limit"], before=before)
    ]


@view_config(route_name="blocks", request_method="POST", openapi=True, renderer="json")
def block(request: Any) -> dict[str, Any]:
    """Block a number."""
    services = request.services
    blocked = block_number(
        parse_msisdn(request.openapi_validated.body["phone_number"]),
        request.account,
        store=request.store,
        clock=services.clock,
        chance=services.chance,
    )
    request.response.status_int = 201
    return block_shape(blocked)


@view_config(route_name="block_requester", request_method="POST", openapi=True, renderer="json")
def block_who_asks(request: Any) -> dict[str, Any]:
    """Block whoever made a request that asks the caller."""
    services = request.services
    blocked = block_requester(
        request.openapi_validated.parameters["id"],
        request.account,
        store=request.store,
        clock=services.clock,
        chance=services.chance,
    )
    request.response.status_int = 201
    return block_shape(blocked)


@view_config(route_name="block", request_method="DELETE", openapi=True, renderer="json")
def endblock_shape(request: Any) -> dict[str, Any]:
    """End a block."""
    unblock(UUID(request.openapi_validated.parameters["id"]), request.account, store=request.store)
    return {"message": "They can ask you for money again."}


def block_shape(block: Block) -> dict[str, Any]:
    """Return a block as its owner sees it."""
    return {
        "id": str(block.id),
        "phone_number": block.msisdn.e164,
        "name": block.name or block.msisdn.e164,
        "created_at": instant(block.created_at),
    }
