"""Sentences for people are in their language: the one they chose, else the one that their device asks for."""

import pytest

from factories import WORDS
from flash.domain.outcome import Reason
from flash.domain.text import Language, Text
from flash.domain.transfer import State
from flash.domain.words import REASONS, STATES, STEPS

LIST, PROFILE = "/api/transactions/transactions/", "/api/auth/profile/"
REFUSES = "0960000062"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def ask(api, path, token, wish=None):
    headers = {"Accept-Language": wish} if wish else {}
    return api.app.get(path, headers={"Authorization": f"Token {token}", **headers})


def choose(api, token, language):
    return api.call("PATCH", PROFILE, {"language": language}, token).json["language"]


def refused(language):
    return WORDS.say(language, Text(REASONS[Reason.PAYER_REFUSED]))


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        (None, "en"),
        ("bem", "bem"),
        ("ny-MW,en;q=0.5", "ny"),
        ("fr", "en"),
        ("en-GB, bem;q=0.9", "en"),
        ("*", "en"),
        ("%%;;", "en"),
    ],
)
def test_a_device_is_answered_in_the_language_that_it_asks_for(api, wish, language):
    token = api.sign_up(REFUSES)
    sent = api.send(token)
    api.pass_by(50)
    for path in (LIST, f"{LIST}{sent['transaction_id']}/"):
        answer = ask(api, path, token, wish)
        row = answer.json[0] if path == LIST else answer.json
        assert row["failure_reason"] == refused(Language(language))
        assert answer.headers["Content-Language"] == language
        assert "Accept-Language" in answer.headers["Vary"]


def test_what_a_person_chose_comes_before_their_device(api):
    token = api.sign_up(REFUSES)
    api.send(token)
    api.pass_by(50)
    assert choose(api, token, "bem") == "bem"
    assert ask(api, LIST, token, "ny").json[0]["failure_reason"] == refused(Language.BEMBA)
    for nothing in ("", None):
        choose(api, token, "bem")
        assert choose(api, token, nothing) is None
        assert ask(api, LIST, token, "ny").json[0]["failure_reason"] == refused(Language.NYANJA)


def test_a_language_that_nobody_here_speaks_changes_nothing(api, token):
    choose(api, token, "ny")
    for language in ("fr", "EN", 5, ["bem"], "bem "):
        for path in (PROFILE, "/api/auth/update-profile/"):
            body = {"full_name": "Mutale", "language": language}
            answer = api.call("PATCH", path, body, token, status=400).json
            assert answer["language"] == ["Please choose en, bem or ny."]
    profile = api.get(PROFILE, token).json
    assert (profile["language"], profile["full_name"]) == ("ny", "Mutale Banda")


def test_the_language_may_be_chosen_with_the_name_and_is_among_ones_data(api, token):
    api.call("PATCH", "/api/auth/update-profile/", {"full_name": "Mutale", "language": "bem"}, token)
    assert api.get("/api/auth/export/", token).json["profile"]["language"] == "bem"


def test_one_payment_says_what_stands_and_what_happened_in_words(api, token):
    choose(api, token, "ny")
    sent = api.send(token)
    api.pass_by(50)
    detail = api.detail(token, sent["transaction_id"])
    say = WORDS.say
    assert detail["text"] == say(Language.NYANJA, Text(STATES[State.COMPLETED], {"amount": "K25.50"}))
    assert [step["text"] for step in detail["steps"]] == [
        say(Language.NYANJA, Text(STEPS[state]))
        for state in (State.RECORDED, State.COLLECTING, State.COLLECTED, State.PAYING_OUT, State.COMPLETED)
    ]


def test_ones_data_are_in_ones_language(api):
    token = api.sign_up(REFUSES)
    api.send(token)
    api.pass_by(50)
    choose(api, token, "bem")
    (row,) = api.get("/api/auth/export/", token).json["transactions"]
    assert row["failure_reason"] == refused(Language.BEMBA)
