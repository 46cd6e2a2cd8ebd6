"""Completing a payment by request: in a demo only, and nobody else's."""

from uuid import uuid4

import pytest
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp

from flash.domain.audit import differences
from flash.settings import Settings
from flash.web import make_app
from flash.wiring import build
from test_profiles import production

DEMO = {f"flash.provider.{operator}": "flash.adapters.sandbox" for operator in ("mtn", "airtel")}
NEVER = "0960000081"
PAYEE = "0970000002"


def path(transaction_id):
    return f"/api/demo/transactions/{transaction_id}/complete/"


@pytest.fixture(scope="module")
def demo_wsgi(kept_api):
    return make_app(kept_api.services, Settings({**DEMO, "flash.waiting": "2"}))


@pytest.fixture
def demo(api, demo_wsgi):
    """The same service as a demo: it has the sandbox and nothing else."""
    api_app, api.app = api.app, TestApp(demo_wsgi, extra_environ=api.app.extra_environ)
    yield api
    api.app = api_app


def complete(api, token, sent, status=200):
    return api.post(path(sent["transaction_id"]), token=token, status=status)


def story(api, sent):
    with api.services.database.snapshot() as store:
        return store.transfers.file(sent["reference_id"])


@pytest.mark.parametrize("waited", [0, 1, 20, 31, 45])
def test_a_payment_that_never_ends_is_completed_and_what_proves_it_says_that_it_was_the_demo(demo, waited):
    token = demo.sign_up(NEVER)
    sent = demo.send(token)
    if waited:
        demo.pass_by(waited)
    assert complete(demo, token, sent).json == {
        "transaction_id": sent["transaction_id"],
        "reference_id": sent["reference_id"],
        "status": "completed",
        "demo": True,
    }
    file = story(demo, sent)
    assert [(leg.state, leg.operator_id[:4]) for leg in file.dossier.transfer.legs] == [("settled", "DEMO")] * 2
    proofs = [kept.body for _, kept, meaning in file.evidence if meaning == "settled"]
    assert proofs == ["SUCCESSFUL, because the demo was asked to complete it"] * 2
    assert list(differences(file.dossier)) == []
    assert demo.detail(token, sent["transaction_id"])["status"] == "completed"


@pytest.mark.parametrize("payee", ["0970000081", "0970000082", "0970000084", "0970000086", "0970000072", "0970000083"])
def test_whatever_the_code_says_the_payee_is_paid(demo, payee):
    token = demo.sign_up("0960000001")
    sent = demo.send(token, payee)
    demo.pass_by(20)
    assert complete(demo, token, sent).json["status"] == "completed"


def test_completing_twice_and_beside_the_worker_makes_one_payment(demo):
    token = demo.sign_up(NEVER)
    sent = demo.send(token)
    demo.pass_by(3)
    first = complete(demo, token, sent).json
    rows = demo.rows()
    assert complete(demo, token, sent).json == first
    demo.pass_by(60)
    assert {name: count for name, count in demo.rows().items() if name != "messages"} == {
        name: count for name, count in rows.items() if name != "messages"
    }


def test_money_on_its_way_back_arrives(demo):
    token = demo.sign_up("0960000001")
    sent = demo.send(token, "0970000071")
    for _ in range(40):
        demo.pass_by(1)
        if demo.detail(token, sent["transaction_id"])["steps"][-1]["state"] == "returning":
            break
    assert complete(demo, token, sent).json["status"] == "failed"
    assert demo.detail(token, sent["transaction_id"])["where"] == "back with the payer"


def test_what_has_ended_otherwise_stays_as_it_ended(demo):
    token = demo.sign_up("0960000061")
    sent = demo.send(token)
    demo.pass_by(33)
    assert complete(demo, token, sent).json["status"] == "failed"


def test_a_payment_that_waits_behind_another_one_goes_on_waiting(demo):
    token = demo.sign_up(NEVER)
    demo.send(token)
    demo.pass_by(1)
    behind = demo.send(token, amount=12)
    demo.pass_by(1)
    assert complete(demo, token, behind).json["status"] == "pending"


def test_it_is_for_the_payer_and_for_nobody_else(demo):
    token, payee = demo.sign_up(NEVER), demo.sign_up(PAYEE)
    other, sent = demo.sign_up("0960000002"), demo.send(token)
    demo.pass_by(1)
    before = demo.rows()
    assert complete(demo, None, sent, 401).json["code"] == "not_signed_in"
    unknown = demo.post(path(uuid4()), token=other, status=404).json
    for stranger in (other, payee):
        assert complete(demo, stranger, sent, 404).json == unknown
    assert demo.rows() == before
    demo.app.get(path(sent["transaction_id"]), status=405)


def test_where_an_operator_may_be_real_there_is_nothing(api):
    token = api.sign_up(NEVER)
    sent = api.send(token)
    nothing = api.post("/api/nothing/", token=token, status=404).json
    assert complete(api, token, sent, 404).json == nothing
    assert api.detail(token, sent["transaction_id"])["status"] == "pending"


def test_production_has_no_such_address():
    settings = production()
    app = make_app(build(settings), settings)
    routes = app.registry.getUtility(IRoutesMapper).get_routes()
    assert not [route for route in routes if "demo" in route.name or "demo" in route.pattern]
    client = TestApp(app, extra_environ={"HTTP_HOST": "flash.example", "wsgi.url_scheme": "https"})
    for name in (str(uuid4()), "FL20261123K7Q2M9XW4T"):
        assert client.post(path(name), status=404).json["error"] == "There is nothing at this address."
    assert client.get("/api/config/").json["demo"] is False


def test_only_a_demo_says_that_it_is_one(demo, kept_api):
    assert demo.get("/api/config/").json["demo_complete_after_s"] == 45
    assert TestApp(kept_api.wsgi).get("/api/config/").json["demo_complete_after_s"] is None
