"""Every route times everybody: who has no business there gets the documented refusal, and learns nothing from it."""

from datetime import timedelta
from uuid import uuid4

import pytest
import yaml

from factories import PASSWORDS, msisdn
from flash.domain.account import TOKEN_LIFE, Staff, email_address
from flash.web.api import DOCUMENT
from flash.web.security import COOKIE, CSRF

PARSED = yaml.safe_load(DOCUMENT.read_text())
METHODS = ("get", "post", "put", "patch", "delete")
ROUTES = [
    (method, path, "security" in item[method] and {} not in item[method]["security"])
    for path, item in PARSED["paths"].items()
    for method in METHODS
    if method in item
]
PARTNERS = [(method, path) for method, path, _ in ROUTES if path.startswith("/api/partner/")]
PRIVATE = [
    (method, path) for method, path, signed_in_only in ROUTES if signed_in_only and (method, path) not in PARTNERS
]
PUBLIC = [(method, path) for method, path, signed_in_only in ROUTES if not signed_in_only]
WRITING = [(method, path) for method, path in PRIVATE if method != "get"]
IN_BROWSERS = {(method, path) for method, path in PRIVATE if "session" in PARSED["paths"][path][method]["security"][0]}
OWNED = [(method, path) for method, path in PRIVATE if "{" in path]
UNKNOWN = str(uuid4())

WHOSE = {
    "/api/auth/sessions/{id}/": "session",
    "/api/auth/contacts/{id}/": "contact",
    "/api/auth/blocks/{id}/": "block",
    "/api/transactions/transactions/{id}/": "transfer request",
    "/api/transactions/transactions/{id}/receipt/": "transfer",
    "/api/transactions/{id}/cancel/": "transfer",
    "/api/transactions/transactions/{id}/cancel/": "transfer",
    "/api/transactions/p2p/{id}/approve/": "request",
    "/api/transactions/p2p/{id}/decline/": "request",
    "/api/transactions/p2p/{id}/cancel/": "request",
    "/api/transactions/p2p/{id}/block/": "request",
    "/api/payments/mtn/status/{ref}/": "transfer",
    "/api/pay/{secret}/": "transfer",
    "/api/transactions/bulk/{id}/": "batch",
    "/api/transactions/bulk/{id}/lines/": "batch",
    "/api/transactions/bulk/{id}/stop/": "batch",
}
"""What the id in a path is of."""

BODIES = {"/api/auth/contacts/{id}/": {"contact_name": "Mine now", "contact_phone": "0970000009"}}


EACH_ITS_OWN = {"Content-Length", "Date", "X-Request-ID"}


def call(api, method, path, token=None, name=UNKNOWN, scheme="Token"):
    """Call a route and return what can be seen of the answer."""
    headers = {"Authorization": f"{scheme} {token}"} if token else {}
    params = {"params": BODIES.get(path, {})} if method != "get" and path in BODIES else {}
    where = path.replace("{id}", name).replace("{ref}", name).replace("{secret}", name)
    json = "_json" if method != "get" and params else ""
    answer = getattr(api.app, method + json)(where, headers=headers, expect_errors=True, **params)
    seen = {key: text for key, text in answer.headers.items() if key not in EACH_ITS_OWN}
    return answer.status_int, seen, answer.body


@pytest.fixture
def things(api):
    """What somebody else has: one of each kind, by its kind."""
    owner = api.sign_up("0960000001", "Mutale Banda")
    friend = api.sign_up("0970000003", "Chanda Phiri")
    contact = {"contact_name": "Friend", "contact_phone": "0970000003"}
    asked = api.post("/api/transactions/request/", {"payer_phone": "0960000001", "amount": 20}, friend, status=201).json
    with api.services.database.unit_of_work() as store:
        store.accounts.set_tier(store.accounts.by_msisdn(msisdn("0960000001")).id, 2, instead_of=1)
    payments = {"payments": [{"recipient_phone": "0970000003", "amount": 5}]}
    batch = api.post("/api/transactions/bulk/", payments, owner, 201, {"Idempotency-Key": "list"}).json
    return {
        "batch": batch["id"],
        "session": api.get("/api/auth/sessions/", owner).json[0]["id"],
        "contact": api.post("/api/auth/contacts/", contact, owner, status=201).json["id"],
        "block": api.post("/api/auth/blocks/", {"phone_number": "0970000009"}, owner, status=201).json["id"],
        "transfer": api.send(owner)["transaction_id"],
        "request": asked["transaction_id"],
        "owner": owner,
    }


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_nobody_gets_in_where_one_must_be_signed_in(api, method, path):
    nobody = call(api, method, path)
    assert nobody[0] == 401
    assert nobody[1]["WWW-Authenticate"] == "Token"
    assert b'"code":"not_signed_in"' in nobody[2].replace(b'": "', b'":"')
    for wrong in ("x", "0" * 64, "Ünïcode".encode().decode("latin-1"), " "):
        assert call(api, method, path, wrong) == nobody


@pytest.mark.parametrize(("method", "path"), PARTNERS)
def test_nobody_gets_in_where_a_partners_key_is_needed(api, things, method, path):
    nobody = call(api, method, path)
    assert nobody[0] == 401
    assert nobody[1]["WWW-Authenticate"] == "Bearer"
    for scheme in ("Token", "Bearer"):
        assert call(api, method, path, things["owner"], scheme=scheme) == nobody


def test_a_token_that_is_over_is_as_good_as_none_on_every_route(api):
    revoked, expired = api.sign_up("0960000001"), api.sign_up("0970000003")
    api.post("/api/auth/logout/", token=revoked)
    api.clock.pass_by(TOKEN_LIFE + timedelta(seconds=1))
    for method, path in PRIVATE:
        nobody = call(api, method, path)
        assert call(api, method, path, revoked) == call(api, method, path, expired) == nobody


def test_a_browser_that_is_locked_or_shows_no_page_of_ours_is_refused_on_every_route(api):
    token = api.sign_up("0960000001")
    wish = {"phone_number": "0960000001", "password": api.PASSWORD}
    answer = api.post("/api/auth/login/", wish, headers={"Flash-Session": "cookie"})
    cookie, proof = answer.headers["Set-Cookie"].partition(";")[0], {CSRF: answer.json["csrf_token"]}
    before = api.rows()
    for method, path in WRITING:
        assert by_cookie(api, method, path, cookie) == (403, "csrf")
    assert by_cookie(api, "post", "/api/auth/lock/", cookie, proof)[0] == 200
    for method, path in sorted({*PRIVATE} - IN_BROWSERS):
        assert by_cookie(api, method, path, cookie, proof) == (403, "session_locked")
    for method, path in PRIVATE:
        assert by_cookie(api, method, path, f"{COOKIE}={token}", proof) == (401, "not_signed_in")
    assert api.rows() == before


def by_cookie(api, method, path, cookie, proof=None):
    """Call a route as a browser, and return what became of it."""
    where = path.replace("{id}", UNKNOWN).replace("{ref}", UNKNOWN).replace("{secret}", UNKNOWN)
    answer = getattr(api.app, method)(where, headers={"Cookie": cookie, **(proof or {})}, expect_errors=True)
    return answer.status_int, answer.json.get("code")


def test_a_stale_token_makes_no_difference_on_public_routes(api):
    for method, path in PUBLIC:
        assert call(api, method, path, "stale") == call(api, method, path)
        assert call(api, method, path)[0] != 401


def test_every_route_with_an_id_is_tried_as_somebody_else():
    assert {path for _, path in OWNED} == set(WHOSE)


@pytest.mark.parametrize(("method", "path"), OWNED)
def test_what_belongs_to_somebody_else_looks_like_nothing(api, things, method, path):
    other = api.sign_up("0960000002")
    before = api.rows()
    unknown = call(api, method, path, other)
    assert unknown[0] == 404
    for kind in WHOSE[path].split():
        assert call(api, method, path, other, things[kind]) == unknown
    assert api.rows() == before


def test_ids_open_nothing(api, things):
    """A secret is not an id, and no id is a secret."""
    me = api.get("/api/auth/me/", things["owner"]).json
    for name in (me["id"], *things.values()):
        if name != things["owner"]:
            api.get("/api/auth/me/", name, status=401)


def test_staff_have_no_door_in_the_api(api):
    services = api.services
    staff = Staff(
        id=services.chance.new_id(),
        email=email_address("staff@flash.example"),
        full_name="Staff",
        role="admin",
        password_hash=PASSWORDS.hash("a long sentence"),
        created_at=services.clock.now(),
    )
    with services.database.unit_of_work() as store:
        store.accounts.add_staff(staff)
    api.post("/api/auth/login/", {"phone_number": staff.email, "password": "a long sentence"}, status=400)
    for method, path in PRIVATE:
        for scheme, secret in (("Token", str(staff.id)), ("Basic", "c3RhZmZAZmxhc2guZXhhbXBsZTphIGxvbmcgc2VudGVuY2U=")):
            assert call(api, method, path, secret, scheme=scheme)[0] == 401
