"""Where MTN's operations are, on both platforms."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flash.simulator.calls import Operation, Route
from flash.simulator.faults import Role
from flash.simulator.mtn import accounts, consent, door, orders
from flash.simulator.mtn.door import PLATFORMS, MtnAnswers, Platform
from flash.simulator.mtn.forms import SERVICES, Service
from flash.simulator.names import Operator

PRODUCTS = ("collection", "disbursement", "remittance")

ProductView = Callable[..., Any]
"""Takes the call, the platform and the product."""


def routes() -> Iterator[Route]:
    """Yield every route."""
    yield from _provisioning()
    for platform in PLATFORMS:
        for product in PRODUCTS:
            yield from _product(platform, product)
        for service in SERVICES:
            yield from _service(platform, service)


def _named(name: str, role: Role) -> Operation:
    return Operation(Operator.MTN, name, role, MtnAnswers())


def _provisioning() -> Iterator[Route]:
    yield "POST", "/v1_0/apiuser", _named("apiuser", Role.OTHER), door.create_user
    yield "GET", "/v1_0/apiuser/{user}", _named("apiuser", Role.OTHER), door.show_user
    yield "POST", "/v1_0/apiuser/{user}/apikey", _named("apikey", Role.OTHER), door.create_key


def _product(platform: Platform, product: str) -> Iterator[Route]:
    """Yield what every product has."""
    root = f"{platform.prefix}/{product}"
    holder = f"{root}/v1_0/accountholder"
    views: tuple[tuple[str, str, str, Role, ProductView], ...] = (
        ("POST", f"{root}/token/", "token", Role.TOKEN, door.token),
        ("GET", f"{root}/v1_0/account/balance", "balance", Role.OTHER, accounts.balance),
        ("GET", f"{root}/v1_0/account/balance/{{currency}}", "balance", Role.OTHER, accounts.balance),
        ("GET", f"{holder}/{{kind}}/{{party}}/active", "active", Role.OTHER, accounts.active),
        ("GET", f"{holder}/msisdn/{{party}}/basicuserinfo", "basicuserinfo", Role.OTHER, accounts.basic_user_info),
        (
            "POST",
            f"{root}/v1_0/requesttopay/{{reference}}/deliverynotification",
            "deliverynotification",
            Role.OTHER,
            orders.notify,
        ),
        ("POST", f"{root}/v1_0/bc-authorize", "bc-authorize", Role.OTHER, consent.authorize),
        ("POST", f"{root}/oauth2/token/", "oauth2-token", Role.TOKEN, consent.token),
        ("GET", f"{root}/oauth2/v1_0/userinfo", "userinfo", Role.OTHER, consent.user_info),
    )
    for method, path, name, role, view in views:
        yield method, path, _named(f"{product}.{name}", role), partial(view, platform=platform, product=product)


def _service(platform: Platform, service: Service) -> Iterator[Route]:
    """Yield what an order has: posting it, and asking about it."""
    order = _named(service.full_name, Role.ORDER)
    query = _named(f"{service.full_name}.status", Role.STATUS)
    for version in sorted({*service.versions, "v1_0"}):
        root = f"{platform.prefix}/{service.product}/{version}/{service.name}"
        if version in service.versions:
            yield "POST", root, order, partial(orders.submit, platform=platform, service=service)
            if service.name == "invoice":
                yield (
                    "DELETE",
                    f"{root}/{{reference}}",
                    order,
                    partial(orders.cancel, platform=platform, service=service),
                )
        yield "GET", f"{root}/{{reference}}", query, partial(orders.status, platform=platform, service=service)
