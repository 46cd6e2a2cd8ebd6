"""Contacts as the mobile contract names them (rows 16 to 18)."""

import pytest

LIST = "/api/auth/contacts/"
CHANDA = {"contact_name": "Chanda Phiri", "contact_phone": "+260970000002"}


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def add(api, token, name="Chanda Phiri", number="0970000002", status=201, **more):
    return api.post(LIST, {"contact_name": name, "contact_phone": number, **more}, token, status).json


def test_a_contact_is_added_listed_changed_and_deleted(api, token):
    assert api.get(LIST, token).json == []
    contact = add(api, token, " Chanda  Phiri ", "097 0000 002")
    assert (contact["contact_name"], contact["contact_phone"]) == ("Chanda Phiri", "+260970000002")
    assert contact["is_favourite"] is False
    assert api.get(LIST, token).json == [contact]
    for method, change in (
        ("PATCH", {"is_favourite": True}),
        ("PUT", {"contact_name": "Chanda", "is_favourite": False}),
    ):
        changed = api.call(method, f"{LIST}{contact['id']}/", change, token).json
        assert changed == {**contact, **change}
        contact = changed
    moved = api.call("PATCH", f"{LIST}{contact['id']}/", {"contact_phone": "0970000003"}, token).json
    assert moved["contact_phone"] == "+260970000003"
    api.call("DELETE", f"{LIST}{contact['id']}/", None, token)
    assert api.get(LIST, token).json == []
    api.call("DELETE", f"{LIST}{contact['id']}/", None, token, status=404)


def test_favourites_come_first_and_pages_follow_by_the_last_id(api, token):
    for place, name in enumerate(("zoe", "Ada", "bo")):
        add(api, token, name, f"097000001{place}")
    add(api, token, "Zulu", "0970000020", is_favourite=True)
    assert [row["contact_name"] for row in api.get(LIST, token).json] == ["Zulu", "Ada", "bo", "zoe"]
    first = api.get(f"{LIST}?limit=2", token).json
    rest = api.get(f"{LIST}?limit=2&after={first[-1]['id']}", token).json
    assert [row["contact_name"] for row in first + rest] == ["Zulu", "Ada", "bo", "zoe"]
    api.get(f"{LIST}?limit=1001", token, status=400)


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ({"contact_name": "M"}, "contact_phone", 400),
        ({"contact_phone": "0970000003"}, "contact_name", 400),
        ({"contact_name": " ", "contact_phone": "0970000003"}, "contact_name", 400),
        ({"contact_name": "x" * 101, "contact_phone": "0970000003"}, "contact_name", 400),
        ({"contact_name": "M", "contact_phone": "Bob"}, "contact_phone", 400),
        ({"contact_name": "M", "contact_phone": "096 0000 001"}, "contact_phone", 400),
        ({"contact_name": "M", "contact_phone": "0970000002"}, "contact_phone", 409),
        ({"contact_name": "M", "contact_phone": "0970000003", "is_favourite": "yes"}, "is_favourite", 400),
    ],
)
def test_a_contact_that_cannot_be_kept_is_refused_at_its_field(api, token, body, field, status):
    contact = add(api, token)
    answer = api.post(LIST, body, token, status=status).json
    assert answer[field] == [answer["error"]]
    assert api.get(LIST, token).json == [contact]


def test_a_contact_cannot_become_what_could_not_be_added(api, token):
    contact, other = add(api, token), add(api, token, "Bwalya", "0970000003")
    path = f"{LIST}{contact['id']}/"
    api.call("PATCH", path, {"contact_phone": other["contact_phone"]}, token, status=409)
    api.call("PATCH", path, {"contact_phone": "0960000001"}, token, status=400)
    api.call("PATCH", path, {"contact_name": ""}, token, status=400)
    assert api.get(LIST, token).json == [other, contact]


def test_somebody_elses_contact_is_like_none(api, token):
    contact = add(api, token)
    stranger = api.sign_up("0960000009")
    answers = []
    for name in (contact["id"], "00000000-0000-4000-8000-000000000000", "7"):
        for method, body in (("PATCH", {"contact_name": "x"}), ("DELETE", None)):
            answers.append(api.call(method, f"{LIST}{name}/", body, stranger, status=404).json)
    assert all(answer == answers[0] for answer in answers)
    assert api.get(f"{LIST}?after={contact['id']}", stranger).json == []
    assert api.get(LIST, token).json == [contact]
