"""Which names the service answers to, that it is reached by HTTPS, whom it believes, and whose pages may act."""

import pytest
from pyramid.request import Request
from pyramid.response import Response
from webtest import TestApp

from flash.settings import BadSettings, Settings
from flash.web import make_app
from flash.web.doors import DOORS, Doors, ForeignOrigin, UnknownHost, behind_proxies, from_settings, guard, proxies

URL = "https://api.flash.example"
LOGIN, PROVIDERS = "/api/auth/login/", "/api/payments/providers/"


def doors(**settings) -> Doors:
    return from_settings(Settings({f"flash.{key}": text for key, text in settings.items()}), ())


@pytest.mark.parametrize(
    ("allowed", "host", "known"),
    [
        ("", "api.flash.example", True),
        ("", "API.Flash.Example:443", True),
        ("", "api.flash.example.", True),
        ("", "flash.example", False),
        ("", "evil.example", False),
        ("", "api.flash.example.evil.example", False),
        ("", "localhost", False),
        ("", "", False),
        ("flash.example,shop.example", "shop.example", True),
        ("flash.example, shop.example", "api.flash.example", False),
        (".flash.example", "api.flash.example", True),
        (".flash.example", "flash.example", True),
        (".flash.example", "notflash.example", False),
        ("[2001:db8::1]", "[2001:db8::1]:6543", True),
        ("127.0.0.1", "localhost:6543", True),
        ("*", "evil.example", True),
    ],
)
def test_the_service_is_called_by_the_names_that_were_allowed(allowed, host, known):
    assert doors(public_url=URL, allowed_hosts=allowed).knows(host) is known


@pytest.mark.parametrize("text", ["https://flash.example", "a/b", "*.flash.example", "a b@c", "flash..example"])
def test_what_is_no_name_of_a_host_stops_the_start(text):
    with pytest.raises(BadSettings, match=r"flash\.allowed_hosts"):
        doors(allowed_hosts=text)


def through(found: Doors, path: str = PROVIDERS, **request) -> Response:
    """Return what whoever comes to the doors with this request gets; an empty answer when they let it in."""
    asked = Request.blank(path, **{"base_url": URL, **request})
    return guard(lambda _: Response(), {DOORS: found})(asked)


def test_an_unknown_host_is_refused():
    with pytest.raises(UnknownHost):
        through(doors(public_url=URL), base_url="https://evil.example")


def test_the_refusal_has_the_shape_of_all_and_does_not_repeat_the_name(kept_api):
    app = TestApp(make_app(kept_api.services, Settings({"flash.public_url": URL})))
    answer = app.get(PROVIDERS, headers={"Host": "evil.example"}, status=400)
    assert answer.json["code"] == "unknown_host"
    assert "evil" not in answer.text
    assert app.get("/health/live/", headers={"Host": "10.0.0.7"}).json == {"status": "ok"}
    foreign = {"Host": "api.flash.example", "Origin": "https://evil.example"}
    assert app.post_json(LOGIN, {}, headers=foreign, status=403).json["code"] == "foreign_origin"


def test_health_is_told_by_whatever_name_and_without_https():
    strict = doors(public_url=URL, https_redirect="true", trusted_proxy="*")
    assert through(strict, "/health/live/", base_url="http://10.0.0.7:6543").status_int == 200


@pytest.mark.parametrize(("method", "status"), [("GET", 301), ("HEAD", 301), ("POST", 308), ("DELETE", 308)])
def test_whoever_comes_by_http_is_sent_to_https(method, status):
    strict = doors(public_url=URL, https_redirect="True", trusted_proxy="*")
    answer = through(strict, f"{PROVIDERS}?a=b", base_url="http://api.flash.example:80", method=method)
    assert (answer.status_int, answer.location) == (status, f"{URL}{PROVIDERS}?a=b")
    assert through(strict, method=method).status_int == 200


def test_nobody_is_sent_to_an_address_that_is_not_ours():
    strict = doors(public_url=URL, https_redirect="True", trusted_proxy="*")
    with pytest.raises(UnknownHost):
        through(strict, base_url="http://evil.example")
    away = Request.blank("/", base_url="http://api.flash.example")
    away.path_info = "//evil.example/"
    assert guard(lambda _: Response(), {DOORS: strict})(away).location == f"{URL}//evil.example/"


def test_a_redirect_that_would_never_end_stops_the_start():
    with pytest.raises(BadSettings, match=r"flash\.https_redirect: needs flash\.trusted_proxy"):
        doors(public_url=URL, https_redirect="true")


@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        (URL, True),
        ("https://API.flash.example", True),
        ("https://shop.example", True),
        ("https://till.flash.example", True),
        ("https://cors.example", True),
        ("https://evil.example", False),
        ("http://shop.example", False),
        ("https://flash.example.evil.example", False),
        ("https://flash.example", False),
        ("https://a.till.flash.example", False),
        ("null", False),
    ],
)
def test_pages_of_others_may_have_nothing_done(origin, admitted):
    settings = {"flash.public_url": URL, "flash.trusted_origins": "https://shop.example, https://*.flash.example"}
    found = from_settings(Settings(settings), {"https://cors.example"})
    headers = {"Origin": origin}
    assert through(found, headers=headers).status_int == 200  # To read is for CORS to allow.
    if admitted:
        assert through(found, method="POST", headers=headers).status_int == 200
    else:
        with pytest.raises(ForeignOrigin):
            through(found, method="POST", headers=headers)


def test_whoever_is_no_browser_names_no_origin_and_is_served():
    assert through(doors(public_url=URL), method="POST").status_int == 200


def test_operators_call_from_wherever_they_like_by_whatever_name_and_without_https():
    strict = doors(public_url=URL, https_redirect="true", trusted_proxy="*")
    came = {"method": "POST", "headers": {"Origin": "https://mtn.example"}, "base_url": "http://callbacks.example"}
    assert through(strict, "/callbacks/mtn/token", **came).status_int == 200


@pytest.mark.parametrize("text", ["shop.example", "https://shop.example/path", "https://"])
def test_what_is_no_origin_stops_the_start(text):
    with pytest.raises(BadSettings, match=r"flash\.trusted_origins"):
        doors(trusted_origins=text)


@pytest.mark.parametrize(
    ("named", "peer", "seen"),
    [
        ("10.0.0.1", "10.0.0.1", "192.0.2.7"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1, 172.16.0.0/12", "172.20.1.9", "192.0.2.7"),
        ("10.0.0.1 172.16.0.0/12", "172.32.0.1", "172.32.0.1"),
        ("10.0.0.0/8", "::ffff:10.1.1.1", "192.0.2.7"),
        ("2001:db8::/32", "2001:db8::7", "192.0.2.7"),
        ("*", "203.0.113.9", "192.0.2.7"),
        ("", "10.0.0.1", "10.0.0.1"),
    ],
)
def test_proxies_are_believed_when_they_are_those_that_were_named(named, peer, seen):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [f"{environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']}".encode()]

    told = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    request = Request.blank("/", environ={"REMOTE_ADDR": peer}, headers=told)
    answer = request.get_response(behind_proxies(app, proxies(named)))
    assert answer.text == f"{seen} {'https' if seen == '192.0.2.7' else 'http'}"


def test_what_is_no_address_of_a_proxy_is_refused():
    for text in ("nginx", "10.0.0.1/8"):
        with pytest.raises(ValueError, match=r"\w"):
            proxies(text)
