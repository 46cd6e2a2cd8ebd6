"""What every answer tells browsers: to be careful, and which pages may read it."""

import pytest
from webtest import TestApp

from flash.settings import BadSettings, Settings
from flash.web import make_app
from flash.web.cors import origins

APP, SHOP = "https://app.example", "https://shop.example:8443"
ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
LOGIN = "/api/auth/login/"


@pytest.fixture(scope="module")
def browser(kept_api):
    """Browsers that come to Flash by HTTPS, where two origins are named."""
    settings = Settings({"flash.cors_origins": f"{APP} {SHOP}", "flash.public_url": "https://flash.example"})
    environ = {"REMOTE_ADDR": "192.0.2.7", "HTTP_HOST": "flash.example"}
    return TestApp(make_app(kept_api.services, settings), extra_environ=environ)


def told(answer):
    """Return what an answer tells of other origins."""
    return {name: text for name, text in answer.headers.items() if name.startswith("Access-Control-")}


@pytest.mark.parametrize(("path", "status"), [("/health/", 200), ("/api/docs/", 200), ("/nothing", 404), (LOGIN, 405)])
def test_every_answer_tells_browsers_to_be_careful(browser, path, status):
    headers = browser.get(path, status=status).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"] or path == "/api/docs/"
    for part in ("Opener", "Resource"):
        assert headers[f"Cross-Origin-{part}-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_without_https_nobody_is_told_to_come_by_it(api):
    assert "Strict-Transport-Security" not in api.get("/health/").headers


@pytest.mark.parametrize("origin", [APP, SHOP])
def test_a_browser_that_asks_first_is_told_what_a_named_page_may_send(browser, origin):
    answer = browser.options(LOGIN, headers={"Origin": origin, **ASKING}, status=204)
    assert told(answer) == {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Flash-Pin, Idempotency-Key, If-None-Match",
        "Access-Control-Max-Age": "600",
        "Access-Control-Expose-Headers": "ETag, Idempotency-Replayed, Retry-After, X-Request-ID",
    }
    assert answer.headers["Vary"] == "Origin"
    assert answer.body == b""


@pytest.mark.parametrize(
    ("path", "status"), [("/api/payments/providers/", 200), ("/api/auth/me/", 401), ("/api/x", 404)]
)
def test_a_named_page_may_read_answers_and_refusals(browser, path, status):
    answer = browser.get(path, headers={"Origin": APP}, status=status)
    assert told(answer) == {
        "Access-Control-Allow-Origin": APP,
        "Access-Control-Expose-Headers": "ETag, Idempotency-Replayed, Retry-After, X-Request-ID",
    }
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{APP}.evil.example", "null", APP.upper(), f"{APP}:443", "*"]
)
def test_other_pages_are_told_nothing(browser, origin):
    asked = browser.options(LOGIN, headers={"Origin": origin, **ASKING}, status=405)
    answer = browser.get("/api/payments/providers/", headers={"Origin": origin})
    for one in (asked, answer):
        assert told(one) == {}
        assert one.headers["Vary"] == "Origin"


def test_what_is_not_the_api_is_for_no_page(browser):
    assert told(browser.get("/health/", headers={"Origin": APP})) == {}
    assert told(browser.options("/callbacks/mtn/x", headers={"Origin": APP, **ASKING}, status=405)) == {}


def test_no_page_may_call_where_none_is_named(api):
    answer = api.app.get("/api/payments/providers/", headers={"Origin": APP})
    assert told(answer) == {}
    assert told(api.app.options(LOGIN, headers={"Origin": APP, **ASKING}, status=405)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "https://*.example",
        "https://app.example/",
        "https://app.example/path",
        "https://app.example?x",
        "https://user@app.example",
        "https://APP.example",
        "https://app.example:443",
        "https://app.example:x",
        "https://",
        "http://app.example",
        "app.example",
        "null",
        "https://a.example,https://b.example",
    ],
)
def test_what_is_no_origin_stops_the_start(api, text):
    with pytest.raises(BadSettings) as refused:
        make_app(api.services, Settings({"flash.cors_origins": text}))
    assert [one.partition(": ")[0] for one in refused.value.problems] == ["flash.cors_origins"]


def test_origins_are_read_as_they_are_written():
    assert origins(f" {APP}  {SHOP} http://localhost:5173") == {APP, SHOP, "http://localhost:5173"}
    assert origins(" ") == frozenset()
