"""Which operators there are, and whether a number can be paid."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.view import view_config

from flash.domain.circuit import Condition, Flow, needed, worst
from flash.domain.errors import BadInput
from flash.domain.msisdn import COUNTRY_CODE, parse_msisdn
from flash.domain.routing import Operator, Routes


@view_config(route_name="providers", request_method="GET", openapi=True, renderer="json")
def providers(request: Any) -> dict[str, Any]:
    """List the operators with the prefixes as people dial them."""
    services = request.services
    routes = services.terms.routes
    prefixes = as_dialled(routes)
    return {
        "providers": [
            {
                "operator": operator.value,
                "brand": operator.brand,
                "prefixes": prefixes[operator],
                "served": operator in routes.served,
                **_flow(worst(services.circuits.condition(circuit) for circuit in needed(operator, operator))),
            }
            for operator in Operator
        ]
    }


def as_dialled(routes: Routes) -> Mapping[Operator, Sequence[str]]:
    """Return the prefixes of each operator's numbers as people dial them."""
    prefixes = defaultdict(list)
    for digits, operator in sorted(routes.prefixes.items()):
        prefixes[operator].append("0" + digits.removeprefix(COUNTRY_CODE))
    return prefixes


def _flow(condition: Condition) -> dict[str, Any]:
    """Return how it goes through an operator, and when one that does not answer is tried again."""
    wait = math.ceil(condition.wait.total_seconds())
    return {"condition": condition.flow.value, "retry_after": wait if condition.flow is Flow.OPEN else None}


@view_config(route_name="validate_phone", request_method="POST", openapi=True, renderer="json")
def validate_phone(request: Any) -> dict[str, Any]:
    """Tell whether money can be sent to a number; a no is an answer too, so it is not an error."""
    routes = request.services.terms.routes
    found: dict[str, Any] = {"valid": False, "phone_number": None, "operator": None, "brand": None}
    try:
        msisdn = parse_msisdn(request.openapi_validated.body["phone_number"])
        found["phone_number"] = msisdn.e164
        operator = routes.find(msisdn)
        if operator is not None:
            found |= {"operator": operator.value, "brand": operator.brand}
        routes.operator_of(msisdn)
    except BadInput as refusal:
        return {**found, "message": refusal.text}
    return {**found, "valid": True, "message": "Money can be sent to this number."}
