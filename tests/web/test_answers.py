"""What holds for every answer: its shape when something is wrong, its headers, and what the log may know."""

import logging
from io import BytesIO

import pytest
from sqlalchemy import Column, MetaData, String, Table, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from webob import Request

from factories import PASSWORDS
from flash.adapters.memory import MemoryJobs
from flash.adapters.sql.store import SCHEMA, VERSIONS, SqlDatabase
from flash.web.ending import ENDING, Ending
from flash.web.errors import BodyTooLarge, WrongContentType

LOGIN, SEND, LOGOUT = "/api/auth/login/", "/api/transactions/send/", "/api/auth/logout/"


NUMBER = "0960000001"


class BrokenPasswords:
    """Breaks, and says what it was given."""

    def hash(self, password: str) -> str:
        return PASSWORDS.hash(password)

    def matches(self, _stored: str | None, password: str) -> bool:
        raise RuntimeError(f"{NUMBER} cannot sign in with {password}")


def assert_shape(answer, code):
    """Check that the answer is what every reader in the app understands."""
    body = answer.json
    assert body["error"] == body["message"] == body["detail"]
    assert body["code"] == code
    assert [body["error"]] in body.values()


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/api/", "/api/nothing/", "/api/auth/me", "/api/auth/%ff/", "/api/docs", "/api/docs/assets/VERSION"],
)
def test_an_unknown_address_is_not_found(api, path):
    assert_shape(api.get(path, status=404), "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", SEND, "POST"),
        ("DELETE", "/api/transactions/transactions/x/", "GET, HEAD"),
        ("POST", "/api/auth/me/", "GET, HEAD"),
        ("OPTIONS", LOGIN, "POST"),
        ("POST", "/api/docs/", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_which_are_right(api, method, path, allowed):
    answer = api.app.request(path, method=method, status=405)
    assert_shape(answer, "wrong_method")
    assert answer.headers["Allow"] == allowed


def test_a_large_body_is_refused_before_it_is_parsed(api):
    answer = api.post_text(SEND, b"[" * (64 * 1024 + 1), status=413)
    assert_shape(answer, "body_too_large")


def test_the_largest_body_is_just_not_too_large(api):
    api.post_text(LOGIN, b"[" * (64 * 1024), status=400)


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 400), (64 * 1024 + 1, 413), (10_000_000, 413)])
def test_a_body_of_unknown_length_is_read_only_so_far(api, size, status):
    stream = BytesIO(b"[" * size)
    request = Request.blank(LOGIN, method="POST", content_type="application/json")
    request.environ |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    request.environ.pop("CONTENT_LENGTH", None)
    assert request.get_response(api.wsgi).status_code == status
    assert stream.tell() <= 64 * 1024 + 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_is_not_json_is_refused(api, content_type):
    text = '{"phone_number": "0960000001", "password": "x"}'
    answer = api.post_text(LOGIN, text, content_type=content_type, status=415)
    assert_shape(answer, "wrong_content_type")


def test_json_may_say_that_it_is_utf_8(api):
    text = '{"phone_number": "0960000001"}'
    api.post_text("/api/auth/send-otp/", text, content_type="application/json; charset=utf-8", status=200)


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
def test_an_empty_body_is_fine_where_none_is_needed(api, content_type):
    token = api.sign_up("0960000001")
    sent = api.send(token)
    headers = {"Authorization": f"Token {token}", **({"Content-Type": content_type} if content_type else {})}
    for path in (f"/api/transactions/{sent['transaction_id']}/cancel/", LOGOUT):
        request = Request.blank(path, method="POST", headers=headers)
        assert request.get_response(api.wsgi).status_code == 200


def test_a_body_is_ignored_where_none_is_needed(api):
    api.post_text(LOGOUT, "{not json", status=200)


def test_a_database_that_does_not_answer_is_told_as_such(make_api, caplog):
    database = SqlDatabase("postgresql+psycopg://flash@127.0.0.1:1/flash", jobs=MemoryJobs())
    api = make_api(database=database)
    for call, path in ((api.get, "/health/"), (api.get, "/api/health/"), (api.get, "/api/auth/me/")):
        answer = call(path, token="any", status=503)
        assert_shape(answer, "unavailable")
        assert answer.headers["Retry-After"] == "5"
    assert "the database does not answer: connection" in caplog.text


def test_a_healthy_service_says_so(api):
    assert api.get("/health/").json == api.get("/api/health/").json == {"status": "ok"}


def test_a_process_lives_whatever_became_of_its_database(make_api):
    api = make_api(database=SqlDatabase("postgresql+psycopg://flash@127.0.0.1:1/flash", jobs=MemoryJobs()))
    assert api.get("/health/live/").json == {"status": "ok"}
    assert_shape(api.get("/health/ready/", status=503), "unavailable")


@pytest.mark.parametrize(("schema", "ready"), [("", False), ("0001", False), (SCHEMA, True), ("9999", True)])
def test_a_process_is_ready_when_the_database_is_as_far_as_its_release_or_further(api, schema, ready):
    versions = Table(VERSIONS, MetaData(), Column("version_num", String(32)))
    versions.create(api.engine)
    try:
        if schema:
            with api.engine.begin() as connection:
                connection.execute(versions.insert().values(version_num=schema))
        answer = api.get("/health/ready/", status=200 if ready else 503)
        assert answer.json == {"status": "ok"} if ready else answer.json["code"] == "not_migrated"
    finally:
        versions.drop(api.engine)


def test_a_process_that_is_about_to_end_sends_who_comes_elsewhere_and_still_lives(api):
    ending = Ending()
    ending.begin()
    assert_shape(api.app.get("/health/ready/", extra_environ={ENDING: ending}, status=503), "about_to_end")
    api.app.get("/health/live/", extra_environ={ENDING: ending}, status=200)


def test_without_any_migration_a_process_is_not_ready(api):
    assert_shape(api.get("/health/ready/", status=503), "not_migrated")


def test_a_mistake_of_ours_tells_the_client_nothing_and_the_log_no_value(make_api, caplog):
    api = make_api(passwords=BrokenPasswords())
    answer = api.post(LOGIN, {"phone_number": NUMBER, "password": "pa55word"}, status=500)
    assert_shape(answer, "internal_error")
    assert answer.json["error"] == "Something went wrong on our side. Please try again later."
    assert "POST of login broke" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "in matches" in caplog.text
    assert "pa55word" not in caplog.text
    assert "960000001" not in caplog.text


def test_what_is_refused_is_not_in_the_log(api, caplog):
    caplog.set_level(logging.DEBUG)
    api.post(LOGIN, {"phone_number": "0960000001", "password": 5}, status=400)
    api.post(LOGIN, {"phone_number": "0960000001", "password": "pa55word"}, status=400)
    assert "960000001" not in caplog.text
    assert "pa55word" not in caplog.text


def test_a_commit_that_fails_is_not_told_as_success(api):
    token = api.sign_up("0960000001")

    def full(_session):
        raise OperationalError("COMMIT", {"phone": NUMBER}, Exception("the disk is full"))

    event.listen(Session, "before_commit", full)
    answer = api.post(SEND, {"recipient_phone": "0970000002", "amount": 25}, token, status=503)
    event.remove(Session, "before_commit", full)
    assert_shape(answer, "unavailable")
    assert api.rows()["transfers"] == 0
    assert api.jobs.woken == []


@pytest.mark.parametrize("path", ["/health/", "/api/auth/me/", "/api/nothing/", "/api/docs/", "/api/openapi.yaml"])
def test_no_answer_is_sniffed_or_kept(api, path):
    answer = api.app.get(path, status="*")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("refusal", [BodyTooLarge(), WrongContentType()])
def test_a_refusal_of_the_web_has_a_sentence_and_a_code_of_its_own(refusal):
    assert refusal.code != "refused"
    assert refusal.text.endswith(".")
