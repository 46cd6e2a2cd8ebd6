"""What a partner's program sees over REST, and whoever has its link."""

import re
from uuid import UUID

import pytest
import yaml

from factories import PASSWORDS, msisdn
from flash.domain.account import Staff, email_address
from flash.domain.partner import Scope
from flash.ports.throttle import Rule
from flash.usecases.desk import Desk
from flash.usecases.partners import add_partner, issue_key
from flash.web.api import DOCUMENT

PARSED = yaml.safe_load(DOCUMENT.read_text())
REQUESTS = "/api/partner/requests/"
BODY = {"amount": "25.50", "description": "Two chickens", "reference": "order 4711"}


class Shop:
    """A partner's program with a key."""

    def __init__(self, api, name="Kamwala Market", number="0960000001", scopes=tuple(Scope)):
        self.api = api
        services = api.services
        with services.database.unit_of_work() as store:
            admin = store.accounts.staff_by_email("admin@flash.example")
            if admin is None:
                admin = Staff(
                    id=services.chance.new_id(),
                    email=email_address("admin@flash.example"),
                    full_name="Admin",
                    role="admin",
                    password_hash=PASSWORDS.hash("a long sentence"),
                    created_at=services.clock.now(),
                )
                store.accounts.add_staff(admin)
            desk = Desk(admin, store, services.clock, services.chance)
            if name not in [one.name for one in store.partners.list()]:
                add_partner(name, msisdn(number), desk)
            key, self.key = issue_key(name, "till", scopes, desk)
            self.key_id = key.id

    def call(self, method, path, body=None, status=200, **headers):
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        if body is not None:
            return self.api.app.post_json(path, body, headers=headers, status=status)
        return getattr(self.api.app, method)(path, headers=headers, status=status)

    def make(self, key="order 4711", status=201, **changes):
        return self.call("post", REQUESTS, BODY | changes, status, **{"Idempotency-Key": key}).json


@pytest.fixture
def shop(api):
    api.sign_up("0960000001", "Mutale Banda")
    return Shop(api)


def secret_of(made):
    return made["link"].rpartition("/")[2]


def test_a_link_is_made_looked_at_paid_and_told(api, shop):
    made = shop.make()
    assert made["status"] == "open"
    assert re.fullmatch(r".*/pay/[a-z2-7]{32}", made["link"])
    buyer = api.sign_up("0970000003")
    where = f"/api/pay/{secret_of(made)}/"
    seen = api.get(where).json
    assert (seen["recipient"], seen["amount"], seen["status"]) == ("Kamwala Market", "25.50", "open")
    assert "order 4711" not in str(seen)
    paid = api.post(where, token=buyer).json
    assert api.post(where, token=buyer).json == paid
    told = shop.call("get", f"{REQUESTS}{made['number']}/").json
    assert (told["status"], told["transaction_id"]) == ("processing", paid["transaction_id"])
    api.pass_by(60)
    assert shop.call("get", f"{REQUESTS}{made['id']}/").json["status"] == "paid"
    assert "paid already" in api.post(where, token=api.sign_up("0970000004"), status=409).json["error"]
    shop.call("post", f"{REQUESTS}{made['id']}/cancel/", status=409)


def test_the_secret_of_a_link_is_no_id_and_no_id_opens_it(api, shop):
    made = shop.make()
    for name in (made["id"], made["number"], UUID(made["id"]).hex, "a" * 32):
        api.get(f"/api/pay/{name}/", status=404)
    shop.call("get", f"{REQUESTS}{secret_of(made)}/", status=404)
    with api.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM payment_links").all())
    assert secret_of(made) not in rows


def test_the_page_of_a_link_shows_what_is_asked_for_in_three_languages(api, shop):
    made = shop.make(description="<b>Two</b> chickens")
    path = f"/pay/{secret_of(made)}"
    page = api.app.get(path)
    assert page.content_type == "text/html"
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    for told in (
        "K25.50",
        "Kamwala Market",
        "&lt;b&gt;Two&lt;/b&gt; chickens",
        made["number"],
        "<svg",
        "scan this square",
    ):
        assert told in page.text
    assert "order 4711" not in page.text
    assert "Kuti mulipire" in api.app.get(f"{path}?language=ny").text
    assert "Pa kulipila" in api.app.get(path, headers={"Accept-Language": "bem"}).text
    api.post(f"/api/pay/{secret_of(made)}/", token=api.sign_up("0970000003"))
    page = api.app.get(path)
    assert ("<svg" in page.text, "Somebody is paying this already." in page.text) == (False, True)


def test_the_page_of_no_link_says_so(api, shop):
    assert shop.key
    page = api.app.get(f"/pay/{'a' * 32}", status=404)
    assert "There is no such payment request." in page.text
    api.app.get("/pay/x", status=404)


def test_a_replay_gives_the_same_answer(shop):
    assert shop.make() == shop.make()
    shop.make(amount="26.00", status=409)
    shop.call("post", REQUESTS, BODY, status=400)


def test_a_key_does_what_its_scopes_say(api, shop):
    made = shop.make()
    reader, writer = Shop(api, scopes=[Scope.READ]), Shop(api, scopes=[Scope.WRITE])
    reader.make(status=403)
    reader.call("post", f"{REQUESTS}{made['id']}/cancel/", status=403)
    reader.call("get", f"{REQUESTS}{made['id']}/")
    refused = writer.call("get", REQUESTS, status=403).json
    assert (refused["code"], "requests:read" in refused["error"]) == ("scope_missing", True)
    writer.call("post", f"{REQUESTS}{made['id']}/cancel/")


def test_nobody_pays_into_the_wallet_of_a_shop_that_left(api, shop):
    made = shop.make()
    owner = api.post("/api/auth/login/", {"phone_number": "0960000001", "password": api.PASSWORD}).json["token"]
    api.post("/api/auth/delete-account/", {"password": api.PASSWORD}, owner)
    assert api.get(f"/api/pay/{secret_of(made)}/").json["status"] == "cancelled"
    api.post(f"/api/pay/{secret_of(made)}/", token=api.sign_up("0970000003"), status=409)
    shop.call("get", REQUESTS, status=401)


def test_a_reference_that_no_database_stores_is_nobodys(shop):
    assert shop.call("get", f"{REQUESTS}?reference=%00").json["results"] == []


def test_another_partner_sees_nothing_of_it(api, shop):
    made = shop.make()
    api.sign_up("0960000005")
    other = Shop(api, "Soweto Market", "0960000005")
    unknown = other.call("get", f"{REQUESTS}{UUID(int=1)}/", status=404)
    assert other.call("get", f"{REQUESTS}{made['id']}/", status=404).body == unknown.body
    other.call("post", f"{REQUESTS}{made['id']}/cancel/", status=404)
    assert other.call("get", REQUESTS).json == {"results": [], "next": None}
    assert other.call("get", f"{REQUESTS}?before={made['id']}").json["results"] == []


def test_the_list_comes_in_pages_and_by_reference(shop):
    for number in range(3):
        shop.make(key=f"order {number}", reference=f"order {number}")
    page = shop.call("get", f"{REQUESTS}?limit=2").json
    rest = shop.call("get", f"{REQUESTS}?limit=2&before={page['next']}").json
    assert sorted(one["reference"] for one in page["results"] + rest["results"]) == ["order 0", "order 1", "order 2"]
    assert rest["next"] is None
    (one,) = shop.call("get", f"{REQUESTS}?reference=order 1").json["results"]
    assert one["reference"] == "order 1"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer fk_x", "Token fk_x", "Bearer \xff", "Basic eDp4"])
def test_a_call_without_a_good_key_is_refused(api, header):
    for path in (REQUESTS, f"{REQUESTS}{UUID(int=1)}/"):
        refused = api.app.get(path, headers={"Authorization": header} if header else {}, status=401)
        assert (refused.headers["WWW-Authenticate"], refused.json["code"]) == ("Bearer", "key_needed")


def test_a_persons_token_is_no_key_and_a_key_is_no_token(api, shop):
    token = api.sign_up("0970000003")
    api.app.get(REQUESTS, headers={"Authorization": f"Bearer {token}"}, status=401)
    api.get("/api/auth/me/", shop.key, status=401)


def test_each_key_has_a_rate_of_its_own(api, shop):
    other = Shop(api)
    for _ in range(600):
        api.services.throttle.hit(Rule.PARTNER, shop.key_id)
    assert shop.call("get", REQUESTS, status=429).headers["Retry-After"]
    other.call("get", REQUESTS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": "x"},
        {"amount": None},
        {"amount": 1e30},
        {"description": "x" * 201},
        {"description": 5},
        {"reference": "x" * 101},
        {"expires_in_hours": 0},
        {"expires_in_hours": 169},
        {"expires_in_hours": 1.5},
    ],
)
def test_bad_input_is_refused_and_stores_nothing(api, shop, wrong):
    before = api.rows()
    assert shop.make(status=400, **wrong)["error"]
    assert api.rows() == before


def test_a_call_costs_few_statements(api, shop):
    made = shop.make()
    with api.statements() as found:
        shop.call("get", f"{REQUESTS}{made['id']}/")
    assert len(found) == 4
    with api.statements() as found:
        shop.call("get", REQUESTS)
    assert len(found) == 4
    with api.statements() as found:
        shop.make(key="another")
    assert len(found) == 6


# --- Every example of openapi.yaml, as it stands there


PARTNER_CALLS = [
    (path, method, operation)
    for path, item in PARSED["paths"].items()
    for method, operation in item.items()
    if method in ("get", "post") and "Partners" in operation["tags"]
]


def test_every_call_of_partners_has_an_example_and_answers_as_it_shows(api, shop):
    """The story that the examples tell together: made, looked at, listed, cancelled."""
    assert len(PARTNER_CALLS) == 4
    order = {"post /api/partner/requests/": 0, "post /api/partner/requests/{id}/cancel/": 3}
    told = {}
    for path, method, operation in sorted(PARTNER_CALLS, key=lambda one: order.get(f"{one[1]} {one[0]}", 1)):
        answers = operation["responses"]
        status = next(status for status in ("200", "201") if status in answers)
        example = answers[status]["content"]["application/json"]["example"]
        parameters = {one["name"]: one["example"] for one in operation.get("parameters", ()) if "example" in one}
        key = {"Idempotency-Key": parameters.pop("Idempotency-Key", "")}
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        where = path.replace("{id}", told.get("id", "")) + "".join(
            f"?{name}={text}" for name, text in parameters.items()
        )
        answer = shop.call(method, where, body, int(status), **key).json
        told = answer if "id" in answer else told
        assert alike(answer) == alike(example), (method, path)


def alike(value):
    """Return an example or an answer with all that is new each time taken out."""
    if isinstance(value, dict):
        new = {"id", "number", "created_at", "expires_at", "link", "qr_svg"}
        return {name: name if name in new else alike(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [alike(inner) for inner in value]
    return re.sub(r"PL[0-9]{8}[0-9A-Z]{10}", "PL", value) if isinstance(value, str) else value
