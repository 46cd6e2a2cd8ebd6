"""The approval screen where money really moves: nothing of a demo is there, neither on the page nor at the service."""

import re

from playwright.sync_api import expect

from browser.people import Person
from flash.domain.account import TokenKind
from processes.conftest import profiles, staging  # noqa: F401 - fixtures
from processes.profile import token_of
from servers import free_port

NEVER_ANSWERS, PAYEE = "0960000081", "0970000002"


def test_what_the_operator_never_answers_ends_as_still_with_the_operator_and_no_demo_is_asked(staging, chromium):  # noqa: F811
    stage = staging()
    port = free_port()
    stage.profile.serve(port)
    stage.profile.work()
    url = f"http://127.0.0.1:{port}"
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    token = token_of(stage.world, NEVER_ANSWERS, TokenKind.WEB)
    cookie = {"name": "__Host-flash-session", "value": token, "httpOnly": True, "secure": True, "sameSite": "Strict"}
    context.add_cookies([{**cookie, "url": url.replace("http:", "https:")}])
    context.add_init_script("localStorage['flash.active'] ??= String(Date.now())")
    payer = Person("Mutale Banda", NEVER_ANSWERS, url, context)
    payer.page.clock.install()
    payer.sends(PAYEE, "30")
    payer.reads(re.compile(r"dial \*115#"))
    expect(payer.page.get_by_text("Demo: no real money moves.")).to_have_count(0)
    payer.page.clock.fast_forward(46_000)
    with payer.page.expect_response(re.compile(r"/transactions/transactions/[^/]+/$")):
        payer.page.clock.fast_forward(5_000)
    payer.heads("Approve on your phone")
    payer.page.clock.fast_forward(70_000)
    payer.heads("Still with the operator")
    payer.reads("We will tell you as soon as it has.")
    payer.follows("All payments")
    payer.reads("K30.00")
    assert [call for call in payer.calls if "demo" in call] == []
    payment = payer.page.evaluate("fetch('/api/transactions/transactions/').then((answer) => answer.json())")[0]
    status = payer.page.evaluate(
        "(id) => fetch(`/api/demo/transactions/${id}/complete/`, {method: 'POST'}).then((answer) => answer.status)",
        payment["id"],
    )
    assert status == 404
    context.close()
