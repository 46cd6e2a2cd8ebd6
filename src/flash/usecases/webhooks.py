"""What staff do with webhooks: add one, rotate its secret, hold it back and let it go on, and send events again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from flash.domain.account import clean_text
from flash.domain.errors import BadInput
from flash.domain.webhook import LONGEST_NAME, Endpoint, check_url
from flash.ports.webhooks import Wanted
from flash.usecases.desk import Desk

REPLAYED_AT_ONCE = 500
"""Events put into a queue in one unit of work."""

HELD_BACK = "staff hold it back"


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """Where events shall go.

    Attributes:
        partner: the name of the partner whose payments are told; empty for all payments.
    """

    name: str
    url: str
    partner: str = ""


def add_endpoint(wish: NewEndpoint, desk: Desk) -> Endpoint:
    """Make an endpoint, which hears of all that happens from now on.

    Raises:
        NotAllowed: the member's role does not do this.
        BadInput: the name or the address cannot be used.
        NotFound: there is no such partner.
        Conflict: the name is taken.
    """
    desk.check_role()
    name, now = clean_text(wish.name, LONGEST_NAME, field="name"), desk.clock.now()
    if not name:
        raise BadInput("Please give the endpoint a name.", field="name")
    endpoint = Endpoint(
        id=desk.chance.new_id(),
        name=name,
        url=check_url(wish.url),
        partner_id=desk.store.partners.by_name(wish.partner).id if wish.partner else None,
        created_at=now,
        busy_until=now,
    )
    desk.store.webhooks.add(endpoint)
    desk.note("webhook.add", f"endpoint {endpoint.id}", name)
    return endpoint


def rotate_secret(name: str, desk: Desk) -> Endpoint:
    """Give an endpoint a new secret; the one of before signs too for a day.

    Raises:
        NotAllowed: the member's role does not do this.
        NotFound: there is no such endpoint.
    """
    return _changed(name, "webhook.rotate", lambda endpoint, now: endpoint.rotated(now), desk)


def disable(name: str, desk: Desk) -> Endpoint:
    """Send nothing more to an endpoint; what happens meanwhile waits for it.

    Raises:
        NotAllowed: the member's role does not do this.
        NotFound: there is no such endpoint.
    """
    return _changed(name, "webhook.disable", lambda endpoint, _: replace(endpoint, disabled_why=HELD_BACK), desk)


def enable(name: str, desk: Desk) -> Endpoint:
    """Let an endpoint go on, with all that waits for it.

    Raises:
        NotAllowed: the member's role does not do this.
        NotFound: there is no such endpoint.
    """
    endpoint = _changed(name, "webhook.enable", lambda endpoint, now: endpoint.enabled(now), desk)
    desk.store.webhooks.wake(endpoint.id, desk.clock.now())
    return endpoint


def replay(name: str, wanted: Wanted, at_desk: Callable[[], AbstractContextManager[Desk]]) -> int:
    """Send events to an endpoint again, whether it has them or not, in the order of each transfer.

    It goes on in units of work of its own, so that no large replay holds anything up.

    Returns:
        How many.

    Raises:
        NotAllowed: the member's role does not do this.
        NotFound: there is no such endpoint.
        BadInput: nothing is said of which events are wanted.
    """
    if wanted == Wanted():
        raise BadInput("Please say which events: one, those of a payment, or those of a time.")
    with at_desk() as desk:
        desk.check_role()
        desk.note("webhook.replay", f"endpoint {desk.store.webhooks.by_name(name).id}", _said(wanted))
    count, after = 0, None
    while True:
        with at_desk() as desk:
            endpoint = desk.store.webhooks.by_name(name)
            found = desk.store.webhooks.replay(endpoint, wanted, desk.clock.now(), after=after, limit=REPLAYED_AT_ONCE)
        if not found:
            return count
        count, after = count + len(found), found[-1]


def _said(wanted: Wanted) -> str:
    """Return in short what is wanted, for the log."""
    if wanted.event_id or wanted.transfer_id:
        return f"event {wanted.event_id}" if wanted.event_id else f"transfer {wanted.transfer_id}"
    return f"{wanted.since:%Y-%m-%d %H:%M}" if wanted.since else f"until {wanted.until:%Y-%m-%d %H:%M}"


def _changed(name: str, action: str, change: Callable[[Endpoint, datetime], Endpoint], desk: Desk) -> Endpoint:
    desk.check_role()
    endpoint = change(desk.store.webhooks.hold(name), desk.clock.now())
    desk.store.webhooks.put(endpoint)
    desk.note(action, f"endpoint {endpoint.id}", name)
    return endpoint
