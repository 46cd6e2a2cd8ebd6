"""The receipt of a payment for its two people, as data and as PDF."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from factories import WORDS, money, terms
from flash.domain.receipt import Standing
from flash.domain.text import Language, Text
from flash.domain.words import STANDINGS, TITLES, Line
from flash.web.api.receipt_pdf import shown

PAYEE, RETURNS = "0970000002", "0970000071"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def address(name):
    return f"/api/transactions/transactions/{name}/receipt/"


def paid(api, token, payee=PAYEE, **more):
    sent = api.send(token, payee=payee, **more)
    api.pass_by(50)
    return sent["reference_id"]


def ask(api, path, token, **headers):
    return api.app.get(path, headers={"Authorization": f"Token {token}", **headers})


def pdf_text(answer):
    """Return what a person reads on the page; a line that was broken is whole again."""
    (page,) = PdfReader(io.BytesIO(answer.body)).pages
    return " ".join(page.extract_text().split())


def test_the_payer_has_a_receipt_with_what_it_cost(api, token):
    name = paid(api, token, description="School fees")
    receipt = api.get(address(name), token).json
    detail = api.detail(token, name)
    assert (receipt["standing"], receipt["title"], receipt["text"]) == ("paid_out", "Paid out", detail["text"])
    assert (receipt["amount"], receipt["fee"], receipt["total"]) == ("25.50", "0.00", "25.50")
    assert (receipt["sender"], receipt["sender_phone"]) == ("Mutale Banda", "+260960000001")
    assert (receipt["recipient"], receipt["recipient_phone"]) == ("+260970000002", "+260970000002")
    assert (receipt["created_at"], receipt["ended_at"]) == (detail["created_at"], detail["updated_at"])
    assert receipt["verify_url"].endswith(f"/verify/{receipt['code']}")
    assert api.get(address(detail["id"]), token).json == receipt


def test_the_payee_has_the_same_code_and_is_not_told_the_fee(api, token):
    name = paid(api, token)
    payee = api.sign_up(PAYEE, "Chanda Phiri")
    theirs, ours = api.get(address(name), payee).json, api.get(address(name), token).json
    assert (theirs["type"], theirs["fee"], theirs["total"]) == ("received", None, None)
    assert theirs["text"] == "You received K25.50 in your wallet. You need do nothing more."
    assert theirs["code"] == ours["code"]


def test_nobody_else_has_one_and_the_payee_has_none_before_the_money(api, token):
    payee = api.sign_up(PAYEE, "Chanda Phiri")
    other = api.sign_up("0960000003", "Bwalya Zulu")
    name = api.send(token)["reference_id"]
    unknown = api.get(address("FL20261123ZZZZZZZZZZ"), other, status=404).json
    for person in (payee, other):
        assert api.get(address(name), person, status=404).json == unknown
        assert api.get(f"{address(name)}?format=pdf", person, status=404).json == unknown
    api.get(address(name), status=401)


def test_the_code_is_the_same_until_the_payment_stands_otherwise(api, token):
    name = api.send(token)["reference_id"]
    first = api.get(address(name), token).json["code"]
    api.pass_by(10)
    assert api.get(address(name), token).json["code"] == first
    api.pass_by(40)
    last = api.get(address(name), token).json["code"]
    assert last != first
    api.clock.pass_by(timedelta(days=30))
    assert api.get(address(name), token).json["code"] == last


def test_a_receipt_is_a_pdf_for_whoever_asks_for_one(api, token):
    name = paid(api, token, description="School fees")
    for answer in (
        ask(api, f"{address(name)}?format=pdf", token),
        ask(api, address(name), token, Accept="application/pdf"),
    ):
        assert answer.content_type == "application/pdf"
        assert answer.headers["Content-Disposition"] == f'inline; filename="{name}.pdf"'
        assert "Accept" in answer.headers["Vary"]
        text = pdf_text(answer)
        for part in ("Paid out", "K25.50", "Mutale Banda, +260960000001", "+260970000002", "School fees", name):
            assert part in text
        assert api.get(address(name), token).json["code"] in text.replace(" ", "")
    assert ask(api, f"{address(name)}?format=json", token, Accept="application/pdf").json["reference_id"] == name
    assert ask(api, address(name), token, Accept="image/png").json["reference_id"] == name
    api.get(f"{address(name)}?format=docx", token, status=400)


def test_the_same_receipt_is_the_same_pdf_and_one_page(api, token):
    name = paid(api, token)
    one, again = (api.get(f"{address(name)}?format=pdf", token).body for _ in range(2))
    assert one == again
    assert len(one) < 40_000


@pytest.mark.parametrize("name", ["学费 🎉 Łódź", "x" * 100, "\u202eevil", "Ǆ ﷺ"])
def test_whatever_people_are_called_the_pdf_is_drawn(api, name):
    token = api.sign_up("0960000001", name)
    number = paid(api, token, description=name * 5)
    text = pdf_text(api.get(f"{address(number)}?format=pdf", token))
    assert number in text
    assert shown(name)[:10].split()[0] in text


@pytest.mark.parametrize("language", Language)
def test_the_receipt_of_a_returned_payment_never_reads_as_paid(api, token, language):
    name = paid(api, token, payee=RETURNS)
    api.call("PATCH", "/api/auth/profile/", {"language": language}, token)
    receipt = api.get(address(name), token)
    assert receipt.json["standing"] == "returned"
    pdf = api.get(f"{address(name)}?format=pdf", token)
    assert receipt.headers["Content-Language"] == pdf.headers["Content-Language"] == language
    for text in (receipt.text, pdf_text(pdf)):
        assert WORDS.say(language, Text(TITLES[Standing.RETURNED])) in text
        for table in (TITLES, STANDINGS):
            assert WORDS.say(language, Text(table[Standing.PAID_OUT])).casefold() not in text.casefold()
        assert "paid" not in text.casefold()
        assert "completed" not in text.casefold()


@pytest.mark.parametrize("language", Language)
def test_a_pdf_is_in_the_persons_language(api, token, language):
    api.call("PATCH", "/api/auth/profile/", {"language": language}, token)
    text = pdf_text(api.get(f"{address(paid(api, token))}?format=pdf", token))
    for line in (Line.RECEIPT, Line.TOTAL, Line.HOW_TO_CHECK):
        assert WORDS.say(language, Text(line)) in text


def test_the_longest_of_everything_still_fits_on_the_page(make_api):
    longest = terms(day_limit="9999999999.99")
    api = make_api(terms=longest)
    token = api.sign_up("0960000001", "W" * 100)
    api.sign_up(PAYEE, "M" * 100)
    api.call("PATCH", "/api/auth/profile/", {"language": "bem"}, token)
    number = paid(api, token, amount=str(money("20000.00")), description="W" * 500)
    reader = PdfReader(io.BytesIO(api.get(f"{address(number)}?format=pdf", token).body))
    places: list[float] = []
    reader.pages[0].extract_text(visitor_text=lambda text, _cm, tm, *_: places.append(tm[5]) if text.strip() else None)
    table = [place for place in places if place > 0]
    assert len(reader.pages) == 1
    assert min(table) > 8


def test_a_receipt_takes_few_statements(api, token):
    name = paid(api, token)
    with api.statements() as found:
        api.get(address(name), token)
    assert len(found) <= 5
