"""What a browser says of itself is looked at before it is stored, and one whose service fails is left alone."""

from datetime import timedelta
from uuid import UUID

import pytest

from browsers import Browser, base64url
from flash.adapters.memory import MemoryClock
from flash.domain.errors import BadInput
from flash.domain.message import Kind
from flash.domain.push import LONGEST_REST, Hint, Pushed, PushSubscription, check_endpoint, check_keys

ID = UUID(int=1, version=4)
POINT = b"\x04" + b"x" * 64


def a_subscription(**more) -> PushSubscription:
    browser = Browser()
    values = {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth, **more}
    return PushSubscription(account_id=ID, sign_in="digest", created_at=MemoryClock().now(), **values)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/dK3:APA91b_x-Y",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA",
        "https://web.push.apple.com/QGuL",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%2b",
        "https://push.example:8443/x",
        f"https://push.example/{'x' * 2027}",
    ],
)
def test_an_address_of_a_push_service_is_taken_as_it_is(endpoint: str) -> None:
    assert check_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "push.example/x",
        "http://push.example/x",
        "ftp://push.example/x",
        "https:///x",
        "https://user:pass@push.example/x",
        "https://@push.example/x",
        "https://push.example/x#y",
        "https://push.example/x y",
        "https://push.example/\n",
        "https://püsh.example/x",
        "https://push.example:0/x",
        "https://push.example:port/x",
        "https://push.example:99999/x",
        "https://[::1]/x",
        "https://[x/",
        "https://push_service;x/y",
        f"https://push.example/{'x' * 2028}",
    ],
)
def test_what_is_no_address_of_a_push_service_is_refused(endpoint: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_endpoint(endpoint)
    assert (refused.value.field, refused.value.text) == ("endpoint", "This is no address of a push service.")


def test_keys_are_a_point_and_a_secret_of_their_lengths() -> None:
    check_keys(base64url(POINT), base64url(b"x" * 16))
    for p256dh, auth in (
        (base64url(POINT[:64]), base64url(b"x" * 16)),
        (base64url(b"\x02" + POINT[1:]), base64url(b"x" * 16)),
        (base64url(POINT), base64url(b"x" * 15)),
        (base64url(POINT) + "=", base64url(b"x" * 16)),
        (base64url(POINT), "+" * 22),
        (base64url(POINT), ""),
        ("ü" * 87, base64url(b"x" * 16)),
        (base64url(POINT) + "xx", base64url(b"x" * 16)),
    ):
        with pytest.raises(BadInput, match="no keys of a browser"):
            check_keys(p256dh, auth)


def test_a_browser_whose_service_fails_rests_longer_and_longer_until_one_is_taken() -> None:
    one, now, rests = a_subscription(), MemoryClock().now(), []
    for _ in range(20):
        one = one.after(Pushed.FAILED, now)
        assert not one.is_awake(now)
        assert one.is_awake(one.rests_until)
        rests.append(one.rests_until - now)
    minutes = [rest / timedelta(minutes=1) for rest in rests[:4]]
    assert (minutes, rests[-1]) == ([1, 2, 4, 8], LONGEST_REST)
    fresh = a_subscription(endpoint=one.endpoint, p256dh=one.p256dh, auth=one.auth)
    assert one.after(Pushed.TAKEN, now) == fresh
    assert one.after(Pushed.GONE, now) is None


def test_a_subscription_shown_by_mistake_tells_nobody_the_way_there() -> None:
    browser = Browser()
    one = a_subscription(endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth)
    assert not [secret for secret in (*browser.secrets, "digest") if secret in f"{one!r} {one} {one.id} {one.service}"]
    assert one.service == "push.example"


def test_a_hint_fits_into_what_every_push_service_takes() -> None:
    longest = Hint(
        message_id=ID,
        kind=Kind.REQUEST,
        title="x" * 160,
        body="x" * 400,
        url=f"/#/request/{ID}",
        expires_at=MemoryClock().now(),
    )
    assert len(longest.payload) < 3000
