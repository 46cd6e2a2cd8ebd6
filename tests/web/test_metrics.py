"""/metrics: for whoever knows the token, true, and telling nobody's number."""

import threading
from uuid import uuid4

from webob import Request

from factories import a_lookout
from flash.adapters.circuits import PybreakerCircuits
from flash.adapters.memory import MemoryClock, MemoryJobs
from flash.adapters.presence import MemoryPresence
from flash.adapters.prometheus_meter import PrometheusMeter
from flash.adapters.sql.store import SqlDatabase
from flash.usecases.lookout import Kept
from flash.usecases.metrics import Metrics
from scraping import samples, telling, total


def scrape(api, method="get", authorization=None, status=200):
    sent = f"Bearer {api.METRICS_TOKEN}" if authorization is None else authorization
    answer = getattr(api.app, method)("/metrics", headers={"Authorization": sent} if sent else {}, status=status)
    return answer if status != 200 else answer.text


def test_without_the_token_there_is_nothing_here_whatever_the_method(api):
    nothing = api.get("/nothing", status=404)
    for sent in ("", "Bearer", "Bearer wrong", f"Token {api.METRICS_TOKEN}", "Bearer Ünïcode"):
        for method in ("get", "post", "put", "delete", "options"):
            answer = scrape(api, method, sent.encode().decode("latin-1"), status=404)
            for one in (answer, nothing):
                one.headers.pop("X-Request-ID", None)  # Each has its own.
            assert (dict(answer.headers), answer.body) == (dict(nothing.headers), nothing.body)
    assert scrape(api, "post", status=404).body == nothing.body


def test_where_no_token_is_set_nothing_opens(make_api):
    api = make_api()
    services = api.services
    closed = Metrics(meter=api.meter, presence=MemoryPresence(), lookout=services.metrics.lookout)
    for sent in ("", "Bearer", "Bearer ", f"Bearer {api.METRICS_TOKEN}"):
        assert closed.page(sent) is None


def test_requests_are_counted_by_route_method_and_kind_of_answer(api):
    before = scrape(api)
    for path in ("/api/auth/me/", f"/{uuid4()}", "/wp-login.php", f"/callbacks/mtn/{'x' * 20}", "/%ff"):
        api.app.get(path, expect_errors=True)
    Request.blank("/health/", method="BREW").get_response(api.wsgi)
    after = scrape(api)

    def new(**labels):
        return total(after, "flash_http_requests_total", **labels) - total(
            before, "flash_http_requests_total", **labels
        )

    assert new(route="/api/auth/me/", method="GET", status="4xx") == 1
    assert new(route="unknown") == 3
    assert new(route="/callbacks/{operator}/{token}", method="GET") == 1
    assert new(route="/health/", method="other") == 1
    assert total(after, "flash_http_request_duration_seconds_count", route="/metrics") >= 1


def test_a_commit_that_fails_is_a_request_that_failed(make_api):
    api = make_api(passwords=object())
    api.post("/api/auth/login/", {"phone_number": "0960000001", "password": "pa55word"}, status=500)
    assert total(scrape(api), "flash_http_requests_total", route="/api/auth/login/", status="5xx") == 1


def test_a_payment_is_seen_from_its_beginning_to_its_end_and_no_label_tells_whose(api):
    token, other = api.sign_up("0960000001"), api.sign_up("0970000003", "Chanda Phiri")
    before = scrape(api)
    sent = api.send(token, amount=25)
    api.send(other, payee="0960000061", amount=5)
    page = scrape(api)
    assert total(page, "flash_transfers_due") == 2
    assert total(page, "flash_transfers_open", state="recorded") == 2
    assert total(page, "flash_transfers_open_ngwee") == 3000
    assert total(page, "flash_queue_wakeups") >= 2
    assert total(page, "flash_database_up") == total(page, "flash_queue_up") == 1
    api.detail(token, sent["transaction_id"])
    api.get("/api/transactions/transactions/0960000001/", token, status=404)
    api.post("/api/auth/login/", {"phone_number": "0960000001", "password": "wrong pa55word"}, status=400)
    api.pass_by(60)
    after = scrape(api)

    def new(name, **labels):
        return total(after, name, **labels) - total(before, name, **labels)

    assert new("flash_transfers_begun_total", occasion="send") == 2
    assert new("flash_transfers_ended_total", payer_operator="mtn", outcome="completed") == 1
    assert new("flash_moved_ngwee_total", kind="disbursement", operator="airtel") == 2500
    assert total(after, "flash_transfers_due") == 0
    assert total(after, "flash_messages_waiting", kind="outcome") == 4
    assert telling(after) == []
    assert telling(after.replace('"mtn"', '"+260960000001"')) != []


def test_people_who_called_lately_are_counted_once_each(make_api):
    api = make_api()
    presence = api.services.metrics.presence
    token, other = api.sign_up("0960000001"), api.sign_up("0970000003", "Chanda Phiri")
    assert presence.count() == 0
    for sent in (token, other, token):
        api.get("/api/auth/me/", sent)
    api.get("/api/auth/me/", "wrong", status=401)
    assert presence.count() == 2


def test_time_spent_waiting_for_a_change_is_not_time_to_an_answer(make_api):
    api = make_api()
    token = api.sign_up("0960000001")
    path = f"/api/transactions/transactions/{api.send(token)['transaction_id']}/"
    tag = api.get(path, token).headers["ETag"]
    headers = {"Authorization": f"Token {token}", "If-None-Match": tag}
    api.app.get(f"{path}?wait=1", headers=headers, status=304)
    page, route = scrape(api), "/api/transactions/transactions/{id}/"
    assert total(page, "flash_http_request_duration_seconds_count", route=route) == 2
    assert total(page, "flash_http_request_duration_seconds_sum", route=route) < 1


def test_a_request_takes_no_statement_more_for_being_counted(api):
    token = api.sign_up("0960000001")
    with api.statements() as found:
        api.get("/api/auth/me/", token)
    assert len(found) == 1


class GoneJobs(MemoryJobs):
    """A queue that does not answer."""

    def waiting(self):
        return None


def test_what_does_not_answer_is_told_as_down_and_the_rest_goes_on(caplog):
    database = SqlDatabase("postgresql+psycopg://flash@127.0.0.1:1/flash", jobs=MemoryJobs())
    clock = MemoryClock()
    lookout = a_lookout(database, GoneJobs(), PybreakerCircuits(clock), clock)
    metrics = Metrics(meter=PrometheusMeter(), presence=MemoryPresence(), lookout=lookout, token="x")
    page = metrics.page("Bearer x")
    told = samples(page.body.decode())
    assert told["flash_database_up"] == told["flash_queue_up"] == {frozenset(): 0.0}
    assert not [name for name in told if name.startswith(("flash_transfers_due", "flash_queue_w", "flash_messages_w"))]
    assert total(page.body.decode(), "flash_circuit") == 0
    assert "it cannot be told how things stand" in caplog.text


def test_whoever_scrapes_does_not_wait_for_what_hangs_and_asks_once():
    asked, go_on = [], threading.Event()

    def ask():
        asked.append(1)
        go_on.wait()
        return "told"

    kept = Kept(ask, fresh_s=60, wait_s=0.01)
    assert [kept.get() for _ in range(3)] == [None, None, None]
    go_on.set()
    while kept.get() is None:
        pass
    assert (kept.get(), len(asked)) == ("told", 1)


def test_the_page_is_no_part_of_the_documented_api(api):
    assert "/metrics" not in api.get("/api/openapi.yaml").text
