"""Many payments at once over REST: the list, its faults, how far it is, and stopping it."""

from datetime import timedelta

import pytest

from factories import msisdn

BULK = "/api/transactions/bulk/"
PAYMENTS = [
    {"recipient_phone": "097 000 0002", "amount": 25.5, "description": "Wages"},
    {"recipient_phone": "+260960000003", "amount": "12.00"},
]
FILE = "recipient_phone,amount,description\n097 000 0002,25.50,Wages\n+260960000003,12,\n"


@pytest.fixture
def token(api):
    token = api.sign_up("0960000001")
    set_tier(api, 2)
    return token


def set_tier(api, tier):
    with api.services.database.unit_of_work() as store:
        account = store.accounts.by_msisdn(msisdn("0960000001"))
        store.accounts.set_tier(account.id, tier, instead_of=account.tier)


def post(api, token, payments=PAYMENTS, key="may", status=201, **more):
    return api.post(BULK, {"payments": payments, **more}, token, status, {"Idempotency-Key": key})


def live(api, seconds):
    for _ in range(seconds):
        api.services.batch_runner.run()
        api.pass_by(1)


def test_a_list_is_accepted_made_and_told_line_by_line(api, token):
    batch = post(api, token).json
    assert (batch["status"], batch["lines"], batch["waiting"], batch["total"]) == ("running", 2, 2, "37.50")
    live(api, 100)
    where = f"{BULK}{batch['id']}/"
    now = api.get(where, token).json
    assert (now["status"], now["completed"], now["paid_out"], now["waiting"]) == ("done", 2, "37.50", 0)
    lines = api.get(f"{where}lines/", token).json
    assert [line["status"] for line in lines["results"]] == ["completed", "completed"]
    assert [line["recipient_phone"] for line in lines["results"]] == ["+260970000002", "+260960000003"]
    assert lines["next"] is None
    detail = api.detail(token, lines["results"][0]["transaction_id"])
    assert (detail["amount"], detail["description"]) == ("25.50", "Wages")
    assert [one["id"] for one in api.get(BULK, token).json] == [batch["id"]]


def test_a_csv_file_is_the_same_list(api, token):
    headers = {"Authorization": f"Token {token}", "Idempotency-Key": "may"}
    batch = api.app.post(BULK, FILE, headers=headers, content_type="text/csv", status=201)
    again = post(api, token)
    assert again.json["id"] == batch.json["id"]
    assert again.headers["Idempotency-Replayed"] == "true"


def test_lines_come_in_pages(api, token):
    batch = post(api, token).json
    where = f"{BULK}{batch['id']}/lines/"
    page = api.get(f"{where}?limit=1", token).json
    assert ([line["line"] for line in page["results"]], page["next"]) == ([1], 1)
    page = api.get(f"{where}?limit=1&after_line=1", token).json
    assert ([line["line"] for line in page["results"]], page["next"]) == ([2], None)
    api.get(f"{where}?after_line=x", token, status=400)


def test_every_wrong_line_is_named_and_nothing_is_stored(api, token):
    before = api.rows()
    wrong = [{"recipient_phone": "Bob", "amount": 5}, *PAYMENTS, {"recipient_phone": "0970000002", "amount": 0.5}]
    refused = post(api, token, wrong, status=400).json
    assert [(line["line"], line["field"]) for line in refused["lines"]] == [(1, "recipient_phone")]
    refused = post(api, token, wrong[1:], status=400).json
    assert refused["lines"] == [{"line": 3, "field": "amount", "error": "The smallest amount you can send is K1.00."}]
    assert refused["error"] == "Line 3: The smallest amount you can send is K1.00. Nothing was sent."
    assert api.rows() == before


@pytest.mark.parametrize("body", [{}, {"payments": {}}, {"payments": "x"}, {"payments": []}, {"payments": [1]}])
def test_what_is_no_list_is_refused(api, token, body):
    api.post(BULK, body, token, 400, {"Idempotency-Key": "may"})


def test_a_file_that_is_no_list_is_refused(api, token):
    headers = {"Authorization": f"Token {token}", "Idempotency-Key": "may"}
    for content in (b"\xff\xfe", b"a,b\n1,2\n", b"\0"):
        api.app.post(BULK, content, headers=headers, content_type="text/csv", status=400)
    api.app.post(BULK, FILE, headers=headers, content_type="text/plain", status=415)


def test_a_list_needs_a_key_of_its_own(api, token):
    assert "Idempotency-Key" in api.post(BULK, {"payments": PAYMENTS}, token, 400).json["error"]
    post(api, token)
    post(api, token, PAYMENTS[:1], status=409)


def test_lists_are_open_from_a_tier_on(api, token):
    set_tier(api, 1)
    assert post(api, token, status=403).json["code"] == "not_allowed"


def test_a_list_can_be_stopped(api, token):
    batch = post(api, token).json
    live(api, 2)
    stopped = api.post(f"{BULK}{batch['id']}/stop/", token=token).json
    assert (stopped["status"], stopped["stopped"], stopped["processing"]) == ("running", 1, 1)
    live(api, 60)
    assert api.get(f"{BULK}{batch['id']}/", token).json["status"] == "stopped"
    lines = api.get(f"{BULK}{batch['id']}/lines/", token).json["results"]
    assert [line["status"] for line in lines] == ["completed", "stopped"]


def test_a_list_of_a_thousand_payments_is_taken(api, token):
    set_tier(api, 3)
    many = [
        {"recipient_phone": f"+2609700{number:05}", "amount": "1.00", "description": "x" * 500}
        for number in range(1000)
    ]
    assert post(api, token, many).json["lines"] == 1000
    post(api, token, [*many, many[0]], key="one more", status=400)
    api.call("PATCH", "/api/auth/profile/", {"address": "x" * 70000}, token, status=413)


def test_lists_beyond_the_rate_are_refused(api, token):
    for number in range(10):
        post(api, token, PAYMENTS[:1], key=f"list {number}")
    post(api, token, PAYMENTS[:1], key="one more", status=429)


def test_whoever_leaves_leaves_no_list_running(api, token):
    batch = post(api, token).json
    api.post("/api/auth/delete-account/", {"password": api.PASSWORD}, token)
    assert api.services.batch_runner.run() == 0
    assert batch["waiting"] == 2
    assert api.rows()["batch_lines"] == 0


def test_a_new_password_stops_what_the_one_of_before_began(api, token):
    batch = post(api, token).json
    api.clock.pass_by(timedelta(seconds=31))
    again = api.sign_up("0960000001")
    assert api.get(f"{BULK}{batch['id']}/", again).json["stopped"] == 2


def test_lists_are_among_all_data_of_a_person(api, token):
    batch = post(api, token).json
    assert [one["id"] for one in api.get("/api/auth/export/", token).json["lists"]] == [batch["id"]]


def test_a_list_costs_few_statements(api, token):
    batch = post(api, token).json
    with api.statements() as found:
        api.get(f"{BULK}{batch['id']}/", token)
    assert len(found) == 3
    with api.statements() as found:
        api.get(f"{BULK}{batch['id']}/lines/", token)
    assert len(found) == 3
