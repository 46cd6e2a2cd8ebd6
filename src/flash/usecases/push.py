"""Tell a browser of what becomes of one's payments, and stop."""

from dataclasses import dataclass

from flash.domain.account import Account
from flash.domain.push import MOST_SUBSCRIPTIONS, PushSubscription, check_endpoint, check_keys, subscription_id
from flash.ports.clock import Clock
from flash.ports.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What a browser tells when its person wants hints.

    Attributes:
        sign_in: digest of the token of the sign-in there.
    """

    sign_in: str
    endpoint: str
    p256dh: str
    auth: str


def a_subscription(browser: Browser, account: Account, *, clock: Clock) -> PushSubscription:
    """Return the subscription of a browser, which is not stored yet.

    Raises:
        BadInput: what it told cannot be used.
    """
    check_endpoint(browser.endpoint)
    check_keys(browser.p256dh, browser.auth)
    return PushSubscription(
        account_id=account.id,
        sign_in=browser.sign_in,
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        created_at=clock.now(),
    )


def subscribe(subscription: PushSubscription, *, store: Store) -> None:
    """Push hints to this browser from now on; whoever was told there before is not any more."""
    store.push.keep(subscription, most=MOST_SUBSCRIPTIONS)


def unsubscribe(endpoint: str, account: Account, *, store: Store) -> None:
    """Push no more hints to this browser of the person."""
    store.push.remove(account.id, subscription_id(endpoint))
