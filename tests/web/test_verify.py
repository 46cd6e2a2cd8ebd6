"""Anybody checks a receipt: what is genuine is told as it stands now, and nothing else passes."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from factories import WORDS
from flash.adapters.ed25519_seals import Ed25519Seals
from flash.adapters.sql.tables import cases, legs
from flash.domain.receipt import Standing
from flash.domain.seal import code_of
from flash.domain.text import Language, Text
from flash.domain.words import STANDINGS, TITLES, Line
from flash.web.api.page import POLICY

PAYEE, RETURNS, FAILS = "0970000002", "0970000071", "0960000062"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LETTERS = "AMZ27"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def receipt(api, token, name):
    return api.get(f"/api/transactions/transactions/{name}/receipt/", token).json


def ordered(api, token, payee=PAYEE):
    return receipt(api, token, api.send(token, payee=payee)["reference_id"])


def ended(api, token, payee=PAYEE):
    name = api.send(token, payee=payee)["reference_id"]
    api.pass_by(50)
    return receipt(api, token, name)


def verify(api, code, **headers):
    return api.app.get(f"/verify/{code}", headers=headers).json


def page(api, code, status=200, **headers):
    answer = api.app.get(f"/verify/{code}", headers={**BROWSER, **headers}, status=status)
    assert answer.content_type == "text/html"
    return answer


def test_anybody_is_told_amount_last_digits_time_and_standing_and_nothing_more(api, token):
    shown = ended(api, token)
    told = verify(api, shown["code"])
    assert told == {
        "genuine": True,
        "sealed": True,
        "standing": "paid_out",
        "title": "Paid out",
        "text": "The money is in the recipient's wallet.",
        "notes": ["Nobody checked this payment before."],
        "amount": "25.50",
        "currency": "ZMW",
        "last_three_digits": "002",
        "at": shown["ended_at"][:19] + "Z",
        "issued": None,
        "checked_before": 0,
        "first_checked_at": told["first_checked_at"],
        "language": "en",
    }
    for text in (str(told), page(api, shown["code"]).text):
        for secret in ("Mutale", "60000001", shown["reference_id"], "26097"):
            assert secret not in text


def test_how_people_write_a_code_does_not_matter(api, token):
    code = ended(api, token)["code"]
    written = f"{code[:20].lower()}%20{code[20:50]}-{code[50:]}"
    assert verify(api, written)["standing"] == "paid_out"


def test_a_receipt_that_is_shown_again_is_told(api, token):
    code = ended(api, token)["code"]
    first = verify(api, code)
    api.clock.pass_by(timedelta(hours=2))
    second = verify(api, code)
    assert (second["checked_before"], second["first_checked_at"]) == (1, first["first_checked_at"])
    assert second["notes"][0].startswith("It was checked once before, on 2")
    api.clock.pass_by(timedelta(hours=2))
    assert "It was checked 2 times before, first on 2" in page(api, code).text
    assert api.rows()["receipt_checks"] == 1


def test_a_receipt_made_early_says_how_it_stands_now_and_that_it_has_changed(api, token):
    shown = ordered(api, token)
    early = verify(api, shown["code"])
    assert (early["standing"], early["issued"], early["checked_before"]) == ("not_yet", None, None)
    api.pass_by(50)
    late = verify(api, shown["code"])
    assert (late["standing"], late["issued"]["standing"]) == ("paid_out", "not_yet")
    assert "This has changed since the code was made." in late["notes"]


def test_the_number_in_a_message_is_looked_up_and_has_no_seal(api, token):
    shown = ended(api, token)
    for number in (shown["reference_id"], shown["reference_id"].lower()):
        told = verify(api, number)
        assert (told["standing"], told["sealed"], told["amount"]) == ("paid_out", False, "25.50")
        assert told["notes"][-1] == "It was looked up by its number, so there is no seal to check."


def test_a_number_that_no_payment_has_is_not_found(api):
    answer = api.get("/verify/FL20261123ZZZZZZZZZZ", status=404)
    assert answer.json["error"] == "There is no payment with this number."
    assert "There is no payment with this number." in page(api, "FL20261123ZZZZZZZZZZ", status=404).text


@pytest.mark.parametrize("language", Language)
def test_a_returned_payment_never_reads_as_paid(api, token, language):
    shown = ordered(api, token, RETURNS)
    api.pass_by(60)
    last = receipt(api, token, shown["reference_id"])
    for name in (shown["code"], last["code"], last["reference_id"]):
        told = verify(api, name, **{"Accept-Language": language.value})
        assert (told["standing"], told["language"], told["checked_before"]) == ("returned", language, None)
        html = page(api, name, **{"Accept-Language": language.value})
        assert html.headers["Content-Language"] == language
        title = WORDS.say(language, Text(TITLES[Standing.RETURNED]))
        assert f"<title>{title} - Flash</title>" in html.text
        assert f"<h1>{title}</h1>" in html.text
        assert '<main class="bad">' in html.text
        body = html.text.partition("</style>")[2]
        for text in (str(told), body):
            for table in (TITLES, STANDINGS):
                assert WORDS.say(language, Text(table[Standing.PAID_OUT])).casefold() not in text.casefold()
            assert "paid" not in text.casefold()
            assert "good" not in text


@pytest.mark.parametrize(
    ("payer", "payee", "look"), [("0960000001", PAYEE, "good"), ("0960000001", RETURNS, "bad"), (FAILS, PAYEE, "bad")]
)
def test_only_a_payment_that_arrived_looks_good(api, payer, payee, look):
    shown = ended(api, api.sign_up(payer), payee)
    html = page(api, shown["code"]).text
    assert f'<main class="{look}">' in html
    assert f"<h1>{shown['title']}</h1>" in html


def test_a_code_changed_in_one_character_is_refused_online(api, token):
    code = ended(api, token)["code"]
    changed = [
        code[:place] + letter + code[place + 1 :]
        for place in range(len(code))
        for letter in LETTERS[place % len(LETTERS) :][:2]
        if letter != code[place]
    ]
    assert len(changed) > len(code)
    for one in changed:
        answer = api.get(f"/verify/{one}", status=400).json
        assert (answer["error"], answer["code"]) == ("This code is not genuine.", "broken_seal")
    assert api.rows()["receipt_checks"] == 0


@pytest.mark.parametrize("code", ["x", "A" * 130, "A" * 5000, "%00", "%C3%A9", "%E2%80%AE", "..", "FL2026", "{code}"])
def test_what_was_never_a_code_is_refused(api, code):
    assert api.get(f"/verify/{code}", status=400).json["error"] == "This code is not genuine."
    html = page(api, code, status=400).text
    assert "<h1>Not genuine</h1>" in html
    assert '<main class="bad">' in html


def test_a_code_that_somebody_else_sealed_is_refused(api, token):
    ended(api, token)
    forged = code_of(Ed25519Seals({1: b"the key of somebody else"}).seal(bytes(20)))
    api.get(f"/verify/{forged}", status=400)


def test_something_else_that_we_sealed_is_no_receipt(api):
    api.get(f"/verify/{code_of(api.services.seals.seal(b'a statement of an account'))}", status=400)


def test_a_genuine_code_of_a_payment_that_is_gone_is_unknown_and_never_paid(api, token):
    code = ended(api, token)["code"]
    api.forget()
    told = verify(api, code)
    assert (told["genuine"], told["standing"], told["title"], told["checked_before"]) == (
        True,
        "unknown",
        "Unknown",
        None,
    )
    html = page(api, code).text
    assert '<main class="bad">' in html
    assert "Paid out" not in html


def test_the_page_loads_nothing_runs_nothing_and_is_read_on_a_phone(api, token):
    answer = page(api, ended(api, token)["code"])
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert not re.search(r"<script|\bon\w+=|style=|https?:|src=|@import|url\(", answer.text)
    assert answer.text.count("<style>") == 1
    assert 'name="viewport"' in answer.text
    assert "prefers-color-scheme: dark" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert {"Accept", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))


def test_a_page_may_be_read_in_another_language(api, token):
    code = ended(api, token)["code"]
    for language in Language:
        html = page(api, f"{code}?language={language}", **{"Accept-Language": "en"}).text
        assert f'<html lang="{language}">' in html
        assert f'<a href="?language={language}" lang="{language}" hreflang="{language}" aria-current="true">' in html
    assert WORDS.say(Language.NYANJA, Text(Line.FORGED)) in page(api, "x?language=ny", status=400).text
    api.get(f"/verify/{code}?language=fr", status=400)


def test_any_page_may_read_the_answer_and_no_page_the_page(api, token):
    code = ended(api, token)["code"]
    for answer in (api.get(f"/verify/{code}"), api.get("/verify/x", status=400), api.get(KEYS)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in page(api, code).headers


def test_whoever_checks_too_often_is_told_to_wait(api):
    for _ in range(1200):
        api.services.throttle.hit("verify_receipt", "192.0.2.7")
    answer = api.get("/verify/x", status=429)
    assert int(answer.headers["Retry-After"]) > 0
    html = page(api, "x", status=429)
    assert int(html.headers["Retry-After"]) > 0
    assert "Too many codes were checked from here." in html.text


def test_a_payout_that_the_operator_may_have_taken_back_does_not_read_as_paid(api, token):
    made = ended(api, token)
    with api.engine.begin() as connection:
        leg = connection.execute(select(legs.c.transfer_id, legs.c.reference)).first()
        values = {"transfer_id": leg.transfer_id, "reference": leg.reference, "cause": "reconcile_reversed_there"}
        connection.execute(insert(cases).values(detail="", opened_at=api.clock.now(), **values))
    told = verify(api, made["code"])
    assert (told["standing"], told["checked_before"], told["issued"]["standing"]) == ("not_yet", None, "paid_out")
    anew = receipt(api, token, made["transaction_id"])
    assert (anew["standing"], anew["text"]) == ("not_yet", told["text"])


def test_whoever_only_looks_whether_there_is_something_is_not_counted(api, token):
    code = ended(api, token)["code"]
    api.app.head(f"/verify/{code}")
    assert verify(api, code)["checked_before"] == 0


def test_a_check_takes_two_statements(api, token):
    code = ended(api, token)["code"]
    with api.statements() as found:
        verify(api, code)
    assert len(found) == 2
    with api.statements() as found:
        api.get("/verify/x", status=400)
    assert found == []


KEYS = "/.well-known/flash-seal-keys.json"


def test_the_keys_are_published_for_whoever_would_rather_not_ask(api):
    answer = api.get(KEYS)
    (key,) = answer.json["keys"]
    assert (key["kty"], key["crv"], key["number"], key["in_use"]) == ("OKP", "Ed25519", 1, True)
    assert len(key["x"]) == 43
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
