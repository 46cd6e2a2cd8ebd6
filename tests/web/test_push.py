"""A browser says that it wants hints, and that it wants no more."""

from sqlalchemy import select

from browsers import Browser, base64url
from flash.adapters.sql.push_tables import push_hints, push_subscriptions

PUSH, REMOVE = "/api/auth/push/", "/api/auth/push/remove/"


def stored(api):
    with api.engine.connect() as connection:
        return connection.execute(select(push_subscriptions)).all()


def test_a_browser_is_told_of_a_payment_until_it_wants_no_more(api):
    browser = Browser()
    token = api.sign_up("0960000001")
    answers = [api.post(PUSH, browser.told, token, status=201).json for _ in range(2)]
    assert answers[0] == answers[1]
    ((_, _, _, endpoint, *_),) = stored(api)
    assert endpoint == browser.endpoint
    sent = api.send(token)
    api.pass_by(60)
    assert all_pushed(api) == [f"/#/payment/{sent['transaction_id']}"]
    for _ in range(2):
        api.post(REMOVE, {"endpoint": browser.endpoint}, token)
    assert stored(api) == []


def all_pushed(api):
    api.services.postman.deliver(most=100)
    (chore,) = [one for one in api.services.chores if one.name == "hints for browsers"]
    while chore.do():
        pass
    return [hint.url for _, hint in api.services.pusher.pushed]


def test_what_is_no_browser_is_refused_in_words(api):
    browser = Browser()
    token = api.sign_up("0960000001")
    for change, told in (
        ({"endpoint": "http://push.example/x"}, "This is no address of a push service."),
        ({"endpoint": 5}, "This is no address of a push service."),
        ({"endpoint": "x" * 3000}, "This is no address of a push service."),
        ({"keys": {}}, "These are no keys of a browser."),
        ({"keys": {"p256dh": browser.p256dh, "auth": base64url(b"short")}}, "These are no keys of a browser."),
        ({"keys": {"p256dh": None, "auth": browser.auth}}, "These are no keys of a browser."),
    ):
        assert api.post(PUSH, {**browser.told, **change}, token, status=400).json["error"] == told
    assert api.post(REMOVE, {}, token, status=400).json["error"] == "This is no address of a push service."
    assert stored(api) == []


def test_a_subscription_ends_as_the_sign_in_does_in_each_way(api):
    token = api.sign_up("0960000001")
    login = {"phone_number": "0960000001", "password": api.PASSWORD}
    ends = (
        lambda other: api.post("/api/auth/logout/", token=other),
        lambda _: api.post("/api/auth/sessions/revoke-others/", token=token),
        lambda other: api.call("DELETE", f"/api/auth/sessions/{here(api, other)}/", token=token),
        lambda _: new_password(api, token),
    )
    for end in ends:
        other = api.post("/api/auth/login/", login).json["token"]
        api.post(PUSH, Browser().told, other, status=201)
        kept = Browser()
        api.post(PUSH, kept.told, token, status=201)
        end(other)
        assert kept.endpoint in {row.endpoint for row in stored(api)}
        assert {row.sign_in for row in stored(api)} == {stored(api)[0].sign_in}
    api.send(token)
    api.pass_by(60)
    api.services.postman.deliver(most=100)
    api.post("/api/auth/delete-account/", {"password": api.PASSWORD}, token)
    assert stored(api) == []
    with api.engine.connect() as connection:
        assert connection.execute(select(push_hints)).all() == []


def here(api, token):
    return next(one["id"] for one in api.get("/api/auth/sessions/", token).json if one["current"])


def new_password(api, token):
    body = {"current_password": api.PASSWORD, "new_password": api.PASSWORD}
    api.post("/api/auth/change-password/", body, token)


def test_the_export_tells_of_browsers_without_the_way_there(api):
    browser = Browser()
    token = api.sign_up("0960000001")
    api.post(PUSH, browser.told, token, status=201)
    answer = api.get("/api/auth/export/", token)
    (told,) = answer.json["push"]
    assert (told["service"], told["session"]) == ("push.example", here(api, token))
    assert not [secret for secret in browser.secrets if secret in answer.text]


def test_new_browsers_are_counted_and_known_ones_are_not(api):
    browser = Browser()
    token = api.sign_up("0960000001")
    for _ in range(20):
        api.post(PUSH, Browser().told, token, status=201)
    assert len(stored(api)) == 10
    assert "too often" in api.post(PUSH, browser.told, token, status=429).json["error"]
    known = stored(api)[0]
    told = {"endpoint": known.endpoint, "keys": {"p256dh": known.p256dh, "auth": known.auth}}
    for _ in range(3):
        api.post(PUSH, told, token, status=201)


def test_a_service_without_a_key_pushes_nothing_and_says_so(make_api):
    api = make_api(pusher=None)
    token = api.sign_up("0960000001")
    answer = api.post(PUSH, Browser().told, token, status=404).json
    assert answer["error"] == "This service pushes nothing to browsers."
    assert not [chore for chore in api.services.chores if "hints" in chore.name]
