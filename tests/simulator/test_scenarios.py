"""Every word of a scenario, and the test numbers of docs/sandbox.md."""

from uuid import uuid4

import pytest

from flash.simulator.scenarios import BadScenario, parse_scenario

NUMBER = "260960000050"
CALLBACK = "http://localhost:6543/callbacks/1"


@pytest.fixture
def goes(bench):
    """Say what goes wrong with the number."""
    return lambda scenario, **more: bench.control("scenarios", msisdn=NUMBER, scenario=scenario, **more)


def collected(mtn, **headers):
    return mtn.collect(NUMBER, headers=headers)


@pytest.mark.parametrize(
    "text",
    [
        "explode",
        "pending soon",
        "failed",
        "failed BECAUSE",
        "pending 40s; callback says nothing",
        "slow 12",
        "amount much",
        "reason list",
        "party bob",
        "success " * 100,
    ],
)
def test_a_step_that_is_not_known_is_refused_by_name(bench, text):
    with pytest.raises(BadScenario):
        parse_scenario(text)
    error = bench.app.post_json("/control/scenarios", {"msisdn": NUMBER, "scenario": text}, status=400).json["error"]
    assert text.split(";")[-1].strip() in error or "characters" in error


def test_a_bad_header_is_refused_before_anything_is_done(mtn):
    answer = mtn.collect(headers={"X-Simulator-Scenario": "pending 40s; explode"}, status=400)
    assert "'explode'" in answer.json["error"]


def test_pending_ends_later_or_never(mtn, bench, goes):
    goes("pending 40s; success")
    reference = collected(mtn)
    bench.after(39)
    assert mtn.status(reference)["status"] == "PENDING"
    bench.after(1)
    assert mtn.status(reference)["status"] == "SUCCESSFUL"
    goes("pending")
    reference = collected(mtn)
    bench.after(1_000_000)
    mtn._tokens.clear()
    assert mtn.status(reference)["status"] == "PENDING"


@pytest.mark.parametrize(("word", "code"), [("payer_refused", "APPROVAL_REJECTED"), ("EXPIRED", "EXPIRED")])
def test_failed_gives_the_reason_in_every_form(mtn, goes, word, code):
    goes(f"failed {word}")
    reference = collected(mtn)
    assert mtn.ended(reference)["reason"] == code
    header = "X-Simulator-Scenario"
    assert mtn.status(reference, headers={header: "reason object"})["reason"]["code"] == code
    assert "reason" not in mtn.status(reference, headers={header: "reason absent"})


def test_refused_creates_nothing(mtn, goes):
    goes("refused payer_limit_reached")
    reference = str(uuid4())
    assert mtn.collect(NUMBER, reference=reference, status=500).json["code"] == "PAYER_LIMIT_REACHED"
    mtn.status(reference, status=404)


def test_a_lie_about_amount_or_party_is_told_and_not_done(mtn, bench, goes):
    goes("amount 26.00; party 260960000099")
    answer = mtn.ended(collected(mtn))
    assert (answer["amount"], answer["payer"]["partyId"]) == ("26.00", "260960000099")
    goes("amount +1.00")
    assert mtn.ended(collected(mtn))["amount"] == "26.00"
    assert mtn.get("account/balance").json["availableBalance"] == "50.00"


def test_unquoted_tells_numbers(mtn, goes):
    goes("unquoted")
    answer = mtn.status(collected(mtn))
    assert (answer["amount"], answer["payer"]["partyId"]) == (25, 260960000050)
    assert mtn.status(mtn.collect(NUMBER, "0.55"))["amount"] == 0.55


def test_inactive_and_not_found_are_what_the_check_says(mtn, goes):
    goes("inactive", kind="check")
    assert mtn.get(f"accountholder/msisdn/{NUMBER}/active").json == {"result": False}
    collected(mtn)
    goes("not found")
    goes("not found", kind="check")
    mtn.get(f"accountholder/msisdn/{NUMBER}/active", status=404)
    assert mtn.collect(NUMBER, status=500).json["code"] == "PAYER_NOT_FOUND"


def test_an_order_may_be_unknown_at_first(mtn, bench, goes):
    goes("404 then found")
    reference = collected(mtn)
    bench.after(19)
    assert mtn.status(reference, status=404)["code"] == "RESOURCE_NOT_FOUND"
    mtn.collect(reference=reference, status=409)
    bench.after(1)
    assert mtn.status(reference)["status"] == "SUCCESSFUL"


@pytest.mark.parametrize(
    ("scenario", "status"), [("503", 503), ("429", 429), ("html 200", 200), ("token expires", 401)]
)
def test_these_create_nothing_and_happen_once_per_reference(mtn, goes, scenario, status):
    goes(scenario)
    reference = str(uuid4())
    mtn.collect(NUMBER, reference=reference, status=status)
    if scenario == "token expires":
        mtn.status(reference, status=401)
        mtn._tokens.clear()
    mtn.status(reference, status=404)
    mtn.collect(NUMBER, reference=reference)


def test_they_happen_as_often_as_it_says(mtn, goes):
    goes("503; times 2")
    reference = str(uuid4())
    for status in 503, 503, 202:
        mtn.collect(NUMBER, reference=reference, status=status)


def is_cut(answer):
    return int(answer.headers["Content-Length"]) > len(answer.body)


@pytest.mark.parametrize(
    ("scenario", "wanted"),
    [
        ("500 but done", (500, True, 0)),
        ("cut", (202, True, 0)),
        ("accept then time out", (202, True, 30)),
        ("time out", (200, False, 30)),
        ("slow 12s", (202, True, 12)),
        ("slow 99s", (202, True, 30)),
    ],
)
@pytest.mark.parametrize("by", ["number", "header"])
def test_the_answer_is_spoilt_and_the_order_is_there_or_not(mtn, goes, by, scenario, wanted):
    status, exists, waited_s = wanted
    headers = {"X-Simulator-Scenario": scenario} if by == "header" else {}
    if by == "number":
        goes(scenario)
    reference = str(uuid4())
    body = mtn.body(NUMBER)
    answer = mtn.post("collection.requesttopay", body, reference=reference, status="*", **headers)
    assert answer.status_int == status
    assert is_cut(answer) == (scenario in {"cut", "accept then time out", "time out"})
    assert mtn.bench.waited_s == waited_s
    mtn.status(reference, status=200 if exists else 404)


def test_silence_ends_and_the_order_was_there(mtn, bench, goes):
    goes("silent 40s")
    reference = str(uuid4())
    assert is_cut(mtn.post("collection.requesttopay", mtn.body(NUMBER), reference=reference, status="*"))
    path = f"/collection/v1_0/requesttopay/{reference}"
    assert is_cut(mtn.app.get(path, headers=mtn.headers()))
    bench.after(40)
    assert mtn.status(reference)["status"] == "SUCCESSFUL"


def test_a_status_query_can_be_spoilt_alone(mtn):
    reference = mtn.collect()
    for scenario, status in ("503", 503), ("404", 404), ("429", 429):
        mtn.status(reference, status=status, headers={"X-Simulator-Scenario": scenario})
    mtn.status(reference)


# --- The numbers of docs/sandbox.md


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("61", "NOT_ENOUGH_FUNDS"),
        ("62", "APPROVAL_REJECTED"),
        ("63", "EXPIRED"),
        ("66", "PAYER_LIMIT_REACHED"),
        ("67", "INTERNAL_PROCESSING_ERROR"),
    ],
)
def test_a_payers_number_fails_as_documented(mtn, code, reason):
    answer = mtn.ended(mtn.collect(f"2609600000{code}"))
    assert (answer["status"], answer["reason"]) == ("FAILED", reason)
    assert mtn.ended(mtn.pay_out(f"2609600000{code}"), "disbursement.transfer")["status"] == "SUCCESSFUL"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("72", "PAYEE_LIMIT_REACHED"),
        ("73", "PAYEE_NOT_ALLOWED_TO_RECEIVE"),
        ("74", "NOT_ENOUGH_FUNDS"),
        ("77", "INTERNAL_PROCESSING_ERROR"),
    ],
)
def test_a_payees_number_fails_as_documented(mtn, code, reason):
    answer = mtn.ended(mtn.pay_out(f"2609600000{code}"), "disbursement.transfer")
    assert (answer["status"], answer["reason"]) == ("FAILED", reason)
    assert mtn.ended(mtn.collect(f"2609600000{code}"))["status"] == "SUCCESSFUL"


def test_numbers_without_a_wallet_are_refused_at_once(mtn):
    assert mtn.collect("260960000064", status=500).json["code"] == "PAYER_NOT_FOUND"
    assert mtn.pay_out("260960000071", status=500).json["code"] == "PAYEE_NOT_FOUND"
    assert mtn.get("accountholder/msisdn/260960000071/active").json == {"result": True}
    assert mtn.get("accountholder/msisdn/260960000076/active").json == {"result": False}


def test_numbers_that_are_slow_or_lie_do_so_both_ways(mtn, bench):
    for post, what in (mtn.collect, "collection.requesttopay"), (mtn.pay_out, "disbursement.transfer"):
        never, late, liar, unseen = (post(f"2609600000{code}") for code in ("81", "82", "83", "86"))
        bench.after(2.9)
        assert mtn.status(late, what)["status"] == "PENDING"
        mtn.status(unseen, what, status=404)
        bench.after(3.1)
        assert mtn.status(late, what)["status"] == "SUCCESSFUL"
        assert mtn.status(liar, what)["amount"] == "26.00"
        bench.after(40)
        assert mtn.status(unseen, what)["status"] == "SUCCESSFUL"
        assert mtn.status(never, what)["status"] == "PENDING"


def test_a_refund_to_91_is_declined(mtn, bench):
    collection = mtn.collect("260960000091")
    bench.after(1)
    assert mtn.ended(mtn.refund(collection), "disbursement.refund")["status"] == "FAILED"


# --- Callbacks


def asked(mtn, scenario="success", number=NUMBER):
    return mtn.collect(number, headers={"X-Callback-Url": CALLBACK, "X-Simulator-Scenario": scenario})


def test_a_callback_is_the_status_without_the_reference(mtn, bench):
    reference = asked(mtn)
    assert bench.delivered == []
    bench.after(1)
    assert bench.delivered == [("PUT", CALLBACK, mtn.status(reference))]
    assert reference not in str(bench.delivered)


def test_nobody_is_called_back_who_did_not_ask(mtn, bench):
    mtn.ended(mtn.collect())
    assert bench.delivered == []


def test_a_callback_may_be_posted(mtn, bench):
    bench.control("settings", callback_method="POST")
    asked(mtn)
    bench.after(1)
    assert bench.delivered[0][0] == "POST"


@pytest.mark.parametrize(("scenario", "count"), [("callback lost", 0), ("success", 1), ("duplicate callbacks", 3)])
def test_a_callback_comes_never_or_once_or_too_often(mtn, bench, scenario, count):
    reference = asked(mtn, scenario)
    bench.after(60)
    assert len(bench.delivered) == count
    assert mtn.status(reference)["status"] == "SUCCESSFUL"


def test_a_callback_may_be_late(mtn, bench):
    asked(mtn, "callback late 30s")
    bench.after(30)
    assert bench.delivered == []
    bench.after(1)
    assert len(bench.delivered) == 1


def test_a_callback_may_contradict_the_status(mtn, bench):
    failed, done = asked(mtn, "callback says EXPIRED"), asked(mtn, "failed EXPIRED; callback says success")
    bench.after(1)
    assert mtn.status(failed)["status"] == "SUCCESSFUL"
    assert mtn.status(done)["status"] == "FAILED"
    assert [(body["status"], body.get("reason")) for _, _, body in bench.delivered] == [
        ("FAILED", "EXPIRED"),
        ("SUCCESSFUL", None),
    ]


def test_a_callback_that_is_not_answered_is_tried_again_with_growing_pauses(mtn, bench):
    bench.answers = lambda _: False
    asked(mtn)
    counts = []
    for pause in 1, 1, 3, 10, 1000:
        bench.after(pause)
        counts.append(len(bench.delivered))
    assert counts == [1, 2, 3, 4, 4]


def test_a_callback_that_is_answered_at_last_is_not_tried_again(mtn, bench):
    asked(mtn)
    bench.answers = lambda _: len(bench.delivered) > 1
    for _ in range(5):
        bench.after(20)
    assert len(bench.delivered) == 2
