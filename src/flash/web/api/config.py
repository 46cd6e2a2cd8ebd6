"""What the service says of itself, for a page that was just loaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pyramid.view import view_config

from flash.domain.money import ZMW
from flash.domain.routing import Operator
from flash.domain.text import Language
from flash.settings import Settings
from flash.web.api.payments import as_dialled

ABOUT = "about"
"""Where the registry keeps it."""

GIVE_UP_AFTER = timedelta(seconds=115)
"""For so long a page waits for the end of a payment; what is not over then is told by a message."""
DEMO_COMPLETES_AFTER = timedelta(seconds=45)
"""In a demo it is asked to complete a payment that is not over then."""


@dataclass(frozen=True, slots=True)
class About:
    """What the settings say to a page.

    Attributes:
        demo: whether no money moves, so that payments may be completed by whoever made them.
        ussd: what to dial to approve a payment, by operator.
    """

    demo: bool
    ussd: Mapping[Operator, str]


def from_settings(settings: Settings, *, demo: bool) -> About:
    """Read it.

    Raises:
        BadSettings: one of the settings cannot be used.
    """
    with settings.reading() as read:
        codes = {operator: read(f"flash.ussd.{operator}", _ussd, " ") for operator in Operator}
    return About(demo, {operator: code for operator, code in codes.items() if code})


@view_config(route_name="config", request_method="GET", openapi=True, renderer="json")
def config(request: Any) -> dict[str, Any]:
    """Tell anybody how things are done here."""
    services, about = request.services, request.registry[ABOUT]
    above = services.pin_rules.above
    return {
        "demo": about.demo,
        "demo_complete_after_s": DEMO_COMPLETES_AFTER.seconds if about.demo else None,
        "give_up_after_s": GIVE_UP_AFTER.seconds,
        "currency": ZMW.code,
        "languages": [language.value for language in Language],
        "pin_above": None if above is None else str(above),
        "push_public_key": services.pusher.public_key if services.pusher else None,
        "operators": [_operator(operator, request) for operator in Operator],
    }


def _operator(operator: Operator, request: Any) -> dict[str, Any]:
    terms = request.services.terms
    served = operator in terms.routes.served
    bounds = terms.limits.bounds[operator] if served else None
    return {
        "operator": operator.value,
        "brand": operator.brand,
        "served": served,
        "prefixes": as_dialled(terms.routes)[operator],
        "least": str(bounds.least) if bounds else None,
        "most": str(bounds.most) if bounds else None,
        "ussd": request.registry[ABOUT].ussd.get(operator),
    }


def _ussd(text: str) -> str:
    """Read what one dials, like *115#, or nothing."""
    code = text.strip()
    if not re.fullmatch(r"([*#]{1,2}[0-9*]{1,20}#)?", code):
        raise ValueError("no USSD code")
    return code
