"""Who may come in at MTN (facts A2, A3, A4)."""

import base64
from uuid import uuid4

import pytest

from flash.simulator import presets

COLLECTION_KEY = presets.MTN_SUBSCRIPTION_KEYS["collection"][0]
FORM = "application/x-www-form-urlencoded"


def json_body(mtn, text, kind="application/json", **headers):
    given = {"Authorization": mtn.basic(), "Ocp-Apim-Subscription-Key": COLLECTION_KEY, "Content-Type": kind} | headers
    return mtn.app.post("/collection/token/", text, headers=given, status="*")


# --- Token


@pytest.mark.parametrize("product", ["collection", "disbursement", "remittance"])
def test_a_token_lives_an_hour(mtn, product):
    answer = mtn.ask_token(product).json
    assert answer["token_type"] == "access_token"
    assert answer["expires_in"] == 3600
    assert answer["access_token"].count(".") == 2


@pytest.mark.parametrize("text", ["", "{}", '{"grant_type": "client_credentials"}'])
def test_a_token_needs_no_body_or_a_json_one(mtn, text):
    assert json_body(mtn, text).json["access_token"]


def test_a_token_request_without_a_length_is_refused(mtn):
    request = mtn.app.RequestClass.blank("/collection/token/", method="POST")
    request.headers.update({"Authorization": mtn.basic(), "Ocp-Apim-Subscription-Key": COLLECTION_KEY})
    request.environ.pop("CONTENT_LENGTH", None)
    assert mtn.app.do_request(request, status="*").status_int == 411


def test_a_form_is_answered_by_a_firewall_that_says_200(mtn):
    answer = json_body(mtn, "grant_type=client_credentials", FORM)
    assert answer.status_int == 200
    assert answer.content_type == "text/html"
    assert "Request Rejected" in answer.text


def test_a_token_request_that_is_not_json_is_refused(mtn):
    assert json_body(mtn, "{").status_int == 400


@pytest.mark.parametrize("basic", ["nobody:nothing", f"{presets.MTN_USER[0]}:wrong", "nocolon"])
def test_wrong_credentials_break_the_legacy_platform(mtn, basic):
    encoded = base64.b64encode(basic.encode()).decode()
    assert mtn.ask_token(status=500, Authorization=f"Basic {encoded}").json == {"error": "login_failed"}


@pytest.mark.parametrize("basic", [None, "Basic ***", "Bearer x", "Basic /w=="])
def test_credentials_that_cannot_be_read_are_wrong(mtn, basic):
    mtn.ask_token(status=500, Authorization=basic)


@pytest.mark.parametrize("key", [None, "wrong", presets.MTN_SUBSCRIPTION_KEYS["disbursement"][0]])
def test_the_subscription_key_is_the_gateways_business(mtn, key):
    answer = mtn.ask_token(status=401, **{"Ocp-Apim-Subscription-Key": key}).json
    assert answer["statusCode"] == 401
    assert "subscription key" in answer["message"]


def test_the_secondary_key_is_as_good(mtn):
    mtn.ask_token(**{"Ocp-Apim-Subscription-Key": presets.MTN_SUBSCRIPTION_KEYS["collection"][1]})


def test_two_tokens_are_valid_at_once(mtn):
    first = mtn.ask_token().json["access_token"]
    second = mtn.ask_token().json["access_token"]
    assert first != second
    for token in first, second:
        mtn.get("account/balance", headers={"Authorization": f"Bearer {token}"})


def test_a_token_ends_after_an_hour(mtn, bench):
    headers = {"Authorization": mtn.headers()["Authorization"]}
    bench.after(3599)
    mtn.get("account/balance", headers=headers)
    bench.after(1)
    assert mtn.get("account/balance", headers=headers, status=401).json["statusCode"] == 401


def test_a_token_belongs_to_its_product_but_in_the_sandbox(mtn, sandbox):
    for client, status in (mtn, 401), (sandbox, 200):
        headers = {"Authorization": client.headers("collection")["Authorization"]}
        client.get("account/balance", "disbursement", headers=headers, status=status)


@pytest.mark.parametrize("authorization", [None, "Bearer x", "Basic eDp5"])
def test_no_token_is_401(mtn, authorization):
    mtn.collect(headers={"Authorization": authorization}, status=401)


# --- Target environment


@pytest.mark.parametrize("environment", [None, "production", "mtnuganda"])
def test_another_environment_is_forbidden(mtn, environment):
    headers = {"X-Target-Environment": environment}
    assert mtn.collect(headers=headers, status=500).json["code"] == "NOT_ALLOWED_TARGET_ENVIRONMENT"
    reference = mtn.collect()
    assert mtn.status(reference, headers=headers, status=500)["code"] == "NOT_ALLOWED_TARGET_ENVIRONMENT"


@pytest.mark.parametrize("currency", ["EUR", "UGX", "zmw"])
def test_zambia_takes_kwacha_only(mtn, currency):
    assert mtn.collect(currency=currency, status=500).json["code"] == "INVALID_CURRENCY"


def test_the_sandbox_takes_euro_only(sandbox):
    assert sandbox.collect(currency="ZMW", status=500).json["code"] == "INVALID_CURRENCY"
    sandbox.collect()


# --- Provisioning


def provision(app, name=None, host="example.com", status=201):
    headers = {"Ocp-Apim-Subscription-Key": COLLECTION_KEY, "X-Reference-Id": name or str(uuid4())}
    return app.post_json("/v1_0/apiuser", {"providerCallbackHost": host}, headers=headers, status=status)


def test_a_user_is_provisioned_and_gets_a_key_that_opens_the_sandbox(bench, sandbox):
    key, name = {"Ocp-Apim-Subscription-Key": COLLECTION_KEY}, str(uuid4())
    assert provision(bench.app, name).body == b""
    told = bench.app.get(f"/v1_0/apiuser/{name}", headers=key).json
    assert told == {"providerCallbackHost": "example.com", "targetEnvironment": "sandbox"}
    sandbox.user = name, ""
    sandbox.ask_token(status=500)
    first, second = (
        bench.app.post(f"/v1_0/apiuser/{name}/apikey", headers=key, status=201).json["apiKey"] for _ in range(2)
    )
    assert len(first) == 32
    sandbox.user = name, first
    sandbox.ask_token(status=500)
    sandbox.user = name, second
    sandbox.collect()
    assert sandbox.collect(headers={"X-Target-Environment": "mtnzambia"}, status=500)


def test_provisioning_refuses_what_it_cannot_use(bench):
    name = str(uuid4())
    provision(bench.app, name)
    provision(bench.app, name, status=409)
    provision(bench.app, "5a1f0000-0000-1000-8000-000000000001", status=400)
    for host in "", "https://example.com", "127.0.0.1", "example.com:80", 7, None:
        provision(bench.app, host=host, status=400)
    bench.app.get(f"/v1_0/apiuser/{uuid4()}", headers={"Ocp-Apim-Subscription-Key": COLLECTION_KEY}, status=404)
    bench.app.post(f"/v1_0/apiuser/{uuid4()}/apikey", headers={"Ocp-Apim-Subscription-Key": "x"}, status=401)


# --- The platform of 2026


def test_the_new_platform_wants_the_environment_for_a_token_too(africa):
    for environment in None, "sandbox", "mtnuganda":
        answer = africa.ask_token(status=400, **{"X-Target-Environment": environment}).json
        assert answer == {"error": "Invalid or missing X-Target-Environment header"}
    africa.ask_token()


def test_the_new_platform_speaks_oauth_and_knows_other_credentials(africa, mtn):
    africa.user, mtn.user = mtn.user, africa.user
    assert africa.ask_token(status=401).json == {"error": "invalid_client"}
    assert mtn.ask_token(status=500).json == {"error": "login_failed"}


def test_the_new_platform_breaks_on_credentials_that_were_url_encoded(africa):
    africa.user = presets.AFRICA_USER[0].replace("=", "%3D"), presets.AFRICA_USER[1]
    africa.ask_token(status=500)


def test_the_new_platform_takes_python_requests_for_a_robot(africa, mtn):
    agent = {"User-Agent": "python-requests/2.34.2"}
    assert africa.ask_token(status=403, **agent).content_type == "text/html"
    assert africa.get("account/balance", headers=agent, status=403).content_type == "text/html"
    mtn.get("account/balance", headers=agent)


def test_an_order_can_only_be_seen_where_it_was_made(africa, mtn):
    here, there = mtn.collect(), africa.collect()
    assert mtn.status(here)
    assert africa.status(there)
    assert mtn.status(there, status=404)["code"] == "RESOURCE_NOT_FOUND"
    assert africa.status(here, status=404)["code"] == "RESOURCE_NOT_FOUND"


def test_a_token_of_one_platform_opens_no_other(africa, mtn):
    mtn.get("account/balance", headers={"Authorization": africa.headers()["Authorization"]}, status=401)


# --- Consent


def test_a_customer_lets_us_see_who_they_are(mtn):
    form = {"scope": "profile", "login_hint": "ID:260960000001/MSISDN", "access_type": "online"}
    asked = mtn.app.post("/collection/v1_0/bc-authorize", form, headers=mtn.headers()).json
    basic = {"Authorization": mtn.basic(), "Ocp-Apim-Subscription-Key": COLLECTION_KEY}
    fetch = {"grant_type": "urn:openid:params:grant-type:ciba", "auth_req_id": asked["auth_req_id"]}
    token = mtn.app.post("/collection/oauth2/token/", fetch, headers=basic).json
    mtn.app.post("/collection/oauth2/token/", fetch, headers=basic, status=400)
    renew = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    token = mtn.app.post("/collection/oauth2/token/", renew, headers=basic).json
    headers = mtn.headers(Authorization=f"Bearer {token['access_token']}")
    assert mtn.app.get("/collection/oauth2/v1_0/userinfo", headers=headers).json["sub"] == "260960000001"
    mtn.app.get("/collection/oauth2/v1_0/userinfo", headers=mtn.headers(), status=401)
    mtn.app.post("/collection/v1_0/bc-authorize", form | {"scope": "all"}, headers=mtn.headers(), status=400)
