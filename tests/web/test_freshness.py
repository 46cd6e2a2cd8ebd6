"""What a client knows is not sent again, and whoever waits is answered when something changes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from flash.web.ending import ENDING, Ending
from flash.web.freshness import WATCHER

LIST, REQUESTS, TOTALS = "/api/transactions/transactions/", "/api/transactions/p2p/", "/api/transactions/totals/"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def ask(api, path, token, known=None, status=200):
    headers = {"Authorization": f"Token {token}"} | ({"If-None-Match": known} if known is not None else {})
    return api.app.get(path, headers=headers, status=status)


def a_request(api, by="0970000002", of="0960000001"):
    body = {"payer_phone": of, "amount": 25}
    return api.post("/api/transactions/request/", body, api.sign_up(by), status=201).json["transaction_id"]


def test_a_payment_that_is_known_is_not_sent_again_until_it_changes(api, token):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    first = ask(api, path, token)
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = ask(api, path, token, known, status=304)
        assert (again.body, again.headers["ETag"]) == (b"", tag)
        assert again.headers["X-Content-Type-Options"] == "nosniff"
    for known in ('"other"', "", tag[:-2], "x"):
        assert ask(api, path, token, known).json == first.json
    api.pass_by(60)
    last = ask(api, path, token, tag)
    assert last.json["status"] == "completed"
    assert last.headers["ETag"] != tag


def test_a_process_that_is_about_to_end_keeps_nobody_waiting(api, token):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag, ending = ask(api, path, token).headers["ETag"], Ending()
    headers = {"Authorization": f"Token {token}", "If-None-Match": tag}
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            api.app.get, f"{path}?wait=25", headers=headers, extra_environ={ENDING: ending}, status=304
        )
        while not api.wsgi.registry[WATCHER].waiting:
            time.sleep(0.01)
        ending.begin()
        waiting.result(10)
    api.app.get(f"{path}?wait=25", headers=headers, extra_environ={ENDING: ending}, status=304)


def test_a_known_payment_costs_two_statements(api, token):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    with api.statements() as found:
        ask(api, path, token, tag, status=304)
    assert len(found) == 2


def test_a_payment_under_way_is_told_anew_each_minute_because_its_text_names_times(api, token):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    api.clock.pass_by(timedelta(minutes=1))
    assert ask(api, path, token, tag).json["status"] == "pending"


def test_another_language_makes_another_tag(api, token):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    api.call("PATCH", "/api/auth/profile/", {"language": "bem"}, token)
    assert ask(api, path, token, tag).headers["Content-Language"] == "bem"


def test_both_people_have_tags_of_their_own(api, token):
    name = api.send(token)["transaction_id"]
    friend = api.sign_up("0970000002", "Chanda Phiri")
    api.pass_by(60)
    tags = {ask(api, f"{LIST}{name}/", whose).headers["ETag"] for whose in (token, friend)}
    assert len(tags) == 2


def test_a_changed_name_makes_another_tag(api, token):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    api.call("PATCH", "/api/auth/update-profile/", {"full_name": "Mutale Phiri"}, token)
    assert ask(api, path, token, tag).headers["ETag"] != tag


def test_a_request_that_is_known_is_sent_again_when_it_is_answered_or_over(api, token):
    declined, lapsed = a_request(api), a_request(api, by="0970000003")
    tags = {name: ask(api, f"{LIST}{name}/", token).headers["ETag"] for name in (declined, lapsed)}
    for name, tag in tags.items():
        ask(api, f"{LIST}{name}/", token, tag, status=304)
    api.post(f"{REQUESTS}{declined}/decline/", token=token)
    assert ask(api, f"{LIST}{declined}/", token, tags[declined]).json["status"] == "declined"
    api.clock.pass_by(timedelta(hours=25))
    assert ask(api, f"{LIST}{lapsed}/", token, tags[lapsed]).json["status"] == "expired"


@pytest.mark.parametrize("path", [LIST, f"{LIST}?pages=true", REQUESTS, TOTALS])
def test_a_list_that_is_known_is_not_sent_again_until_it_changes(api, token, path):
    api.send(token)
    first = ask(api, path, token)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    for known in (tag, f'"other", W/"another", {tag}', "*"):
        assert ask(api, path, token, known, status=304).body == b""
    assert ask(api, path, token, '"other"').json == first.json
    a_request(api)
    api.pass_by(60)
    assert ask(api, path, token, tag).headers["ETag"] != tag


def test_what_is_refused_has_no_tag(api, token):
    for path, status in ((f"{LIST}FL-NONE/", 404), (f"{LIST}?type=x", 400)):
        answer = ask(api, path, token, "*", status=status)
        assert "ETag" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in ask(api, LIST, "no token", "*", status=401).headers


# --- Waiting


@pytest.fixture
def waiter(api):
    """Starts calls that wait, and returns once they do."""
    watcher = api.wsgi.registry[WATCHER]
    with ThreadPoolExecutor(8) as pool:

        def start(path, token, known, status):
            before = watcher.waiting
            future = pool.submit(ask, api, f"{path}?wait=25", token, known, status)
            while watcher.waiting == before and not future.done():
                threading.Event().wait(0.01)
            return future

        yield start


def test_whoever_waits_is_answered_when_the_state_changes(api, token, waiter):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    answers = [waiter(path, token, tag, 200) for _ in range(2)]
    assert not any(answer.done() for answer in answers)
    ask(api, f"{path}?wait=25", token, tag, status=304)  # All seats are taken, so it is answered at once.
    api.pass_by(60)
    for answer in answers:
        assert answer.result(20).headers["ETag"] != tag  # On a slow machine, of a state on the way.
        assert answer.result().json["status"] in ("processing", "completed")
    assert ask(api, f"{path}?wait=25", token, tag).json["status"] == "completed"
    assert api.wsgi.registry[WATCHER].waiting == 0


def test_whoever_asked_for_money_may_wait_for_the_answer(api, token, waiter):
    name = a_request(api)
    requester = api.post("/api/auth/login/", {"phone_number": "0970000002", "password": api.PASSWORD}).json["token"]
    path = f"{LIST}{name}/"
    tag = ask(api, path, requester).headers["ETag"]
    answer = waiter(path, requester, tag, 200)
    api.post(f"{REQUESTS}{name}/decline/", token=token)
    assert answer.result(20).json["status"] == "declined"


def test_whoever_signs_out_while_waiting_is_told_nothing(api, token, waiter):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    answer = waiter(path, token, tag, 401)
    api.post("/api/auth/logout/", token=token)
    api.pass_by(60)
    assert answer.result(20).json["code"] == "not_signed_in"


def test_nobody_waits_who_does_not_know_how_it_is_or_need_not(api, token):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    assert ask(api, f"{path}?wait=25", token).json == ask(api, path, token).json
    ask(api, f"{path}?wait=25", token, "*", status=304)
    ask(api, f"{path}?wait=0", token, tag, status=304)
    ask(api, f"{path}?wait=1", token, tag, status=304)
    for wait in ("26", "-1", "x", "1.5"):
        ask(api, f"{path}?wait={wait}", token, tag, status=400)
    ask(api, f"{LIST}FL-NONE/?wait=25", token, tag, status=404)


def test_nobody_who_waits_holds_a_connection(api, token, waiter):
    path = f"{LIST}{api.send(token)['transaction_id']}/"
    tag = ask(api, path, token).headers["ETag"]
    answer = waiter(path, token, tag, 200)
    with api.services.database.unit_of_work() as store:  # SQLite would have one writer: whoever waits.
        assert store.accounts.by_msisdn
        if api.engine.dialect.name == "postgresql":
            assert api.engine.pool.checkedout() <= 2  # This one, and that of whoever looks.
    api.pass_by(60)
    answer.result(20)
