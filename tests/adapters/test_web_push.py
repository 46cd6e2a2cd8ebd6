"""Hints are encrypted for one browser, signed by us, and brought to public addresses only."""

import json
import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from adapters.test_https_courier import plain, serving
from browsers import PUSH_SERVICE, Browser, base64url, from_base64url
from factories import PAYER, WORDS, World
from flash.adapters.https_courier import HttpsCourier
from flash.adapters.memory import MemoryClock
from flash.adapters.web_push import WebPush, from_settings, new_pair, private_key
from flash.cli.main import main
from flash.domain.account import Token
from flash.domain.message import LIFE, Kind
from flash.domain.push import Hint, Pushed, PushSubscription
from flash.domain.webhook import Sent
from flash.settings import BadSettings, Settings
from flash.usecases.push_hints import Hinter

PRIVATE, PUBLIC = new_pair()
SUBJECT = "mailto:ops@flash.example"
CLOCK = MemoryClock()
MESSAGE = UUID(int=7, version=4)


class Courier:
    """A courier that remembers what it was given, and answers as it is told."""

    def __init__(self, status: int | None = 201) -> None:
        self.sent = Sent(status, "" if status else "timed out", timedelta(0))
        self.brought: list[tuple[str, Mapping[str, str], bytes]] = []

    def bring(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        self.brought.append((url, headers, body))
        return self.sent


def a_subscription(browser: Browser, **more) -> PushSubscription:
    told = {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth}
    whose = {"account_id": UUID(int=1, version=4), "sign_in": "digest"}
    return PushSubscription(**{**told, **whose, **more}, created_at=CLOCK.now())


def a_hint(kind: Kind = Kind.OUTCOME) -> Hint:
    return Hint(
        message_id=MESSAGE,
        kind=kind,
        title="Nkhani ya malipiro",
        body="You received K25.00 from Éva (+260970000002). Ref FL20261123JXC9ZAQH2M",
        url="/#/payment/1",
        expires_at=CLOCK.now() + LIFE,
    )


def web_push(courier: Courier | HttpsCourier, subject: str = SUBJECT) -> WebPush:
    return from_settings(Settings({"push.vapid_private_key": PRIVATE, "push.vapid_subject": subject}), courier)


def push(courier: Courier | HttpsCourier, browser: Browser, kind: Kind = Kind.OUTCOME, **more) -> Pushed:
    return web_push(courier).push(a_subscription(browser, **more), a_hint(kind), CLOCK.now())


def claims_of(authorization: str) -> dict[str, object]:
    """Check a token as a push service does (RFC 8292), and return what it says."""
    scheme, _, told = authorization.partition(" ")
    parts = dict(part.split("=", 1) for part in told.split(","))
    assert (scheme, parts["k"]) == ("vapid", PUBLIC)
    head, claims, signature = parts["t"].split(".")
    assert json.loads(from_base64url(head)) == {"typ": "JWT", "alg": "ES256"}
    raw = from_base64url(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(parts["k"]))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    found: dict[str, object] = json.loads(from_base64url(claims))
    return found


def test_the_browser_reads_what_was_pushed_and_nobody_on_the_way_does() -> None:
    courier, browser, other = Courier(), Browser(), Browser()
    assert push(courier, browser) is Pushed.TAKEN
    ((url, headers, body),) = courier.brought
    assert url == browser.endpoint
    assert browser.read(body) == {
        "id": str(MESSAGE),
        "kind": "outcome",
        "title": "Nkhani ya malipiro",
        "body": "You received K25.00 from Éva (+260970000002). Ref FL20261123JXC9ZAQH2M",
        "url": "/#/payment/1",
    }
    assert (headers["Content-Encoding"], headers["TTL"], headers["Urgency"]) == ("aes128gcm", "86400", "normal")
    assert headers["Topic"] == MESSAGE.hex
    assert b"K25.00" not in body
    with pytest.raises(Exception, match="Decryption error"):
        other.read(body)
    push(courier, browser, Kind.REQUEST)
    assert courier.brought[1][1]["Urgency"] == "high"
    assert courier.brought[1][2] != body


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("push.example", "https://push.example"),
        ("push.example:443", "https://push.example"),
        ("push.example:8443", "https://push.example:8443"),
        ("192.0.2.1", "https://192.0.2.1"),
    ],
)
def test_the_push_service_sees_who_pushes_and_that_it_is_meant(host: str, origin: str) -> None:
    courier = Courier()
    push(courier, Browser(host))
    claims = claims_of(courier.brought[0][1]["Authorization"])
    assert claims == {"aud": origin, "exp": int(CLOCK.now().timestamp()) + 12 * 3600, "sub": SUBJECT}


@pytest.mark.parametrize(
    ("status", "pushed"),
    [
        (200, Pushed.TAKEN),
        (201, Pushed.TAKEN),
        (202, Pushed.TAKEN),
        (404, Pushed.GONE),
        (410, Pushed.GONE),
        (301, Pushed.FAILED),
        (400, Pushed.FAILED),
        (403, Pushed.FAILED),
        (413, Pushed.FAILED),
        (429, Pushed.FAILED),
        (500, Pushed.FAILED),
        (None, Pushed.FAILED),
    ],
)
def test_every_answer_of_a_push_service_means_something(status: int | None, pushed: Pushed) -> None:
    assert push(Courier(status), Browser()) is pushed


def test_a_key_that_is_no_point_of_the_curve_ends_the_subscription() -> None:
    courier = Courier()
    assert push(courier, Browser(), p256dh=base64url(b"\x04" + b"x" * 64)) is Pushed.GONE
    assert courier.brought == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_a_push_service_that_is_no_public_address_is_not_called(address: str, caplog: pytest.LogCaptureFixture) -> None:
    assert push(HttpsCourier(resolve=lambda *_: [address]), Browser()) is Pushed.FAILED
    assert "not taken by push.example (the address is not public)" in caplog.text


def test_a_real_push_service_gets_it_over_https_and_one_that_hangs_is_cut_off(tmp_path: Path) -> None:
    over = threading.Event()
    with serving(tmp_path, PUSH_SERVICE) as service:
        browser = Browser(f"{PUSH_SERVICE}:{service.port}")
        known = {"ca_file": service.ca_file, "resolve": lambda *_: ["127.0.0.1"], "total_s": 0.5}
        courier = HttpsCourier(allowed=frozenset({(PUSH_SERVICE, service.port)}), **known)
        service.answer = lambda handler: plain(handler, 201)
        assert push(courier, browser) is Pushed.TAKEN
        ((path, headers, body),) = service.heard
        service.answer = lambda _: over.wait(10)
        assert push(courier, browser) is Pushed.FAILED
        over.set()
    assert (browser.endpoint.endswith(path), headers["TTL"]) == (True, "86400")
    assert claims_of(headers["Authorization"])["aud"] == f"https://{PUSH_SERVICE}:{service.port}"
    assert browser.read(body)["id"] == str(MESSAGE)


def test_no_log_line_tells_the_way_to_a_browser(caplog: pytest.LogCaptureFixture) -> None:
    """Not even where everything is logged, whatever the push service does."""
    caplog.set_level(logging.DEBUG)
    world, browser = World(), Browser()
    now, token = world.clock.now(), world.chance.token()
    account = world.person(PAYER)
    with world.database.unit_of_work() as store:
        sign_in = Token(digest=token, account_id=account.id, created_at=now, expires_at=now + timedelta(days=1))
        store.accounts.add_token(sign_in)
        store.push.keep(a_subscription(browser, account_id=account.id, sign_in=token), most=10)
    for status in (500, None, 201, 410):
        courier = Courier(status)
        hinter = Hinter(
            unit_of_work=world.database.unit_of_work, pusher=web_push(courier), clock=world.clock, words=WORDS
        )
        with world.database.unit_of_work() as store:
            store.push.queue(a_hint(), store.push.of(account.id, now), world.clock.now())
        hinter.push()
        assert len(courier.brought) == 1
        world.clock.pass_by(timedelta(minutes=5))
    told = caplog.text
    assert "not taken by push.example (HTTP 500)" in told
    assert [secret for secret in (*browser.secrets, token, PRIVATE, "K25.00") if secret in told] == []


def test_a_pair_that_the_command_makes_is_read_from_the_settings() -> None:
    told = CliRunner().invoke(main, ["keys", "vapid"], catch_exceptions=False).stdout.splitlines()
    settings = Settings({"push.vapid_private_key": told[1], "push.vapid_subject": "https://flash.example:8443"})
    assert from_settings(settings, Courier()).public_key == told[3]
    assert len({told[1], told[3], PRIVATE, PUBLIC}) == 4


@pytest.mark.parametrize("key", ["x", PRIVATE[:-1], PRIVATE + "xx", "A" * 43, "_" * 43, "ü" * 43, PUBLIC, "=" * 43])
def test_what_is_no_private_key_is_told_and_not_shown(key: str) -> None:
    with pytest.raises(BadSettings) as refused:
        from_settings(Settings({"push.vapid_private_key": key, "push.vapid_subject": SUBJECT}), Courier())
    told = "push.vapid_private_key: is not a private key as `flash keys vapid` makes it"
    assert refused.value.problems == [told]


@pytest.mark.parametrize("subject", ["ops@flash.example", "http://flash.example", "mailto:ops", "https://", "x"])
def test_push_services_must_be_told_whom_to_reach(subject: str) -> None:
    with pytest.raises(BadSettings, match="vapid_subject: is not where push services reach"):
        web_push(Courier(), subject)


def test_keys_that_other_tools_made_are_read_with_their_padding() -> None:
    same = [private_key(text).private_numbers().private_value for text in (PRIVATE, PRIVATE + "=")]
    assert same[0] == same[1]
