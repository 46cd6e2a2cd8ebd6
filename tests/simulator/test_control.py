"""The control API, faults by chance, and money that is never made or lost."""

import random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flash.domain.money import EUR, ZMW
from flash.simulator.bank import OUTSIDE, State
from flash.simulator.faults import KINDS, Faults, Role
from flash.simulator.presets import credentials
from flash.simulator.scenarios import NOTHING


def test_everything_begins_empty_and_is_shown(bench):
    told = bench.app.get("/control/").json
    assert told["wallets"] == told["scenarios"] == []
    assert told["orders"] == {"mtn": {}, "airtel": {}}
    assert told["settings"]["approval_s"] == 1.0
    assert {each["balance"] for each in told["floats"]} == {"0.00", "1000000.00"}


def test_orders_and_calls_are_listed(bench, mtn, airtel):
    for _ in range(3):
        mtn.collect()
    airtel.collect(reference="order1")
    bench.after(1)
    assert len(bench.app.get("/control/orders").json["orders"]) == 4
    (order,) = bench.app.get("/control/orders?operator=airtel").json["orders"]
    assert (order["reference"], order["msisdn"], order["state"]) == ("order1", "260970000001", "succeeded")
    assert bench.app.get("/control/").json["orders"] == {"mtn": {"succeeded": 3}, "airtel": {"succeeded": 1}}
    calls = bench.app.get("/control/calls").json["calls"]
    assert calls["mtn"] == {"collection.token": 1, "collection.requesttopay": 3}
    assert calls["airtel"] == {"token": 1, "collection": 1}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {}),
        ("clock", {"advance_s": -1}),
        ("clock", {"advance_s": "60"}),
        ("clock", {"advance_s": 1e300}),
        ("clock", {"advance_s": True}),
        ("wallets", {"operator": "mtn"}),
        ("wallets", {"operator": "zamtel", "msisdn": "0960000001"}),
        ("wallets", {"operator": "mtn", "msisdn": "many"}),
        ("wallets", {"operator": "mtn", "msisdn": "0960000001", "balance": -1}),
        ("wallets", {"operator": "mtn", "msisdn": "0960000001", "balance": "0.001"}),
        ("wallets", {"operator": "mtn", "msisdn": "0960000001", "balance": "1", "currency": "UGX"}),
        ("wallets", {"operator": "mtn", "msisdn": "0960000001", "active": "no"}),
        ("floats", {"operator": "mtn", "wallet": "savings", "balance": "1"}),
        ("floats", {"operator": "mtn", "wallet": "payout"}),
        ("scenarios", {"msisdn": "0960000001", "kind": "gift", "scenario": "success"}),
        ("scenarios", {"msisdn": "0960000001", "scenario": 7}),
        ("faults", {"rate": 1.1}),
        ("faults", {"rate": 0.1, "kinds": ["flood"]}),
        ("faults", {"rate": 0.1, "kinds": "503"}),
        ("faults", {"rate": 0.1, "seed": 1.5}),
        ("latency", {"answer_after_s": -3}),
        ("hold", {"held": 1}),
        ("down", {"operator": "mtn"}),
        ("settings", {"approval_s": "soon"}),
        ("settings", {"colour": "red"}),
        ("settings", {"starting_balance_minor": -1}),
        ("settings", {"payer_short_reason": "BECAUSE"}),
        ("settings", {"reason_form": "list"}),
        ("callback-url", {"url": "localhost"}),
        ("callback-url", {"url": "http://["}),
        ("callback-host", {"host": "http://localhost"}),
        ("callback-host", {"host": "localhost", "user": "nobody"}),
    ],
)
def test_bad_input_is_400_and_a_sentence(bench, path, body):
    before = bench.app.get("/control/").json
    error = bench.app.post_json(f"/control/{path}", body, status=400).json["error"]
    assert error.endswith(".")
    assert bench.app.get("/control/").json == before


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"advance_s": NaN}', b"\xff"])
def test_a_body_that_is_no_json_object_is_400(bench, text):
    assert "error" in bench.app.post("/control/clock", text, status=400).json


def test_an_unknown_address_is_404(bench):
    assert "error" in bench.app.get("/control/nothing", status=404).json
    bench.app.get("/control/hold", status=404)
    bench.app.get("/control/credentials?platform=moon", status=400)


def test_money_of_a_wallet_and_a_float_can_be_set(bench, mtn):
    told = bench.control("wallets", operator="mtn", msisdn="096 000 0001", balance="10.00")
    assert (told["msisdn"], told["balance"], told["name"]) == ("260960000001", "10.00", "Test Customer 0001")
    assert bench.control("floats", operator="mtn", wallet="payout", balance=7, currency="EUR")["balance"] == "7.00"
    assert mtn.ended(mtn.collect())["status"] == "FAILED"


def test_scenarios_can_be_taken_back(bench, mtn):
    for number in "0960000001", "0960000002":
        bench.control("scenarios", msisdn=number, scenario="503", kind="collection")
    assert mtn.pay_out("260960000001")
    mtn.collect("260960000001", status=503)
    assert bench.app.delete_json("/control/scenarios", {"msisdn": "0960000001"}).json == {"scenarios": 1}
    mtn.collect("260960000001")
    assert bench.app.delete("/control/scenarios").json == {"scenarios": 0}


def test_an_operator_that_is_down_says_503_to_everything(bench, mtn, airtel):
    bench.control("down", operator="mtn", down=True)
    mtn.ask_token(status=503)
    airtel.collect()
    bench.control("down", operator="mtn", down=False)
    mtn.collect()


def test_latency_and_holding_keep_answers_back_but_not_for_ever(bench, mtn):
    mtn.headers()
    bench.control("latency", answer_after_s=3)
    mtn.collect()
    assert bench.waited_s == 3
    bench.control("latency", answer_after_s=0)
    assert bench.control("hold", held=True) == {"held": True}
    reference = mtn.collect()
    assert bench.waited_s == 33
    bench.control("hold", held=False)
    mtn.status(reference)


def test_a_reset_forgets_all_but_the_time(bench, mtn):
    mtn.collect(headers={"X-Callback-Url": "http://localhost/x"})
    bench.control("settings", approval_s=99)
    bench.control("faults", rate=1, kinds=["503"])
    bench.control("down", operator="airtel", down=True)
    before = bench.clock.now()
    bench.control("reset")
    bench.after(100)
    told = bench.app.get("/control/").json
    assert told["orders"]["mtn"] == {}
    assert (told["settings"]["approval_s"], told["faults"]["rate"], told["down"]) == (1.0, 0.0, [])
    assert bench.delivered == []
    assert bench.clock.now() > before
    mtn.status(uuid4(), status=401)


def test_callbacks_are_listed_with_their_tries(bench, mtn):
    bench.answers = lambda _: False
    mtn.collect(headers={"X-Callback-Url": "http://localhost/x"})
    bench.after(1)
    bench.after(1)
    told = bench.app.get("/control/callbacks").json["callbacks"]
    assert [(each["try"], each["answered"]) for each in told] == [(1, False), (2, False)]


def test_the_credentials_are_those_of_the_address_that_was_asked(bench):
    headers = {"Host": "simulator.test:8089"}
    told = bench.app.get("/control/credentials", headers=headers).json
    assert told == credentials("http://simulator.test:8089")
    assert told["MTN_COLLECTIONS_BASE_URL"] == told["AIRTEL_BASE_URL"] == "http://simulator.test:8089"
    africa = bench.app.get("/control/credentials?platform=africa", headers=headers).json
    assert africa["MTN_COLLECTIONS_BASE_URL"] == "http://simulator.test:8089/africa"
    assert africa["MTN_USER_ID"].endswith("=")


# --- Faults


def test_a_seed_gives_the_same_faults_again():
    drawn = [
        [faults.draw(role).text for role in [*Role] * 50] for faults in (Faults(0.3, 7), Faults(0.3, 7), Faults(0.3, 8))
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {text for text in drawn[0] if text} >= {"503", "cut", "404"}


@pytest.mark.parametrize("role", Role)
def test_a_call_meets_only_what_can_happen_to_it(role):
    faults = Faults(1.0, 7)
    drawn = {faults.draw(role).text for _ in range(300)}
    assert drawn == {"slow 12s" if kind == "slow" else kind for kind, roles in KINDS.items() if role in roles}
    assert Faults(1.0, 7, ()).draw(role) is NOTHING


def test_a_share_of_all_calls_goes_wrong(bench, mtn):
    mtn.headers()
    bench.control("faults", rate=0.2, seed=7, kinds=["503"])
    headers, path = mtn.headers(), "/collection/v1_0/account/balance"
    failed = sum(mtn.app.get(path, headers=headers, status="*").status_int == 503 for _ in range(500))
    assert 60 < failed < 140
    mtn.ask_token(status="*")


def test_a_fault_changes_the_callbacks_of_an_order(bench, mtn):
    for kind, count in ("duplicate callbacks", 3), ("callback lost", 0):
        bench.control("faults", rate=1, kinds=[kind])
        mtn.collect(headers={"X-Callback-Url": "http://localhost/x"})
        bench.delivered.clear()
        bench.after(1)
        assert len(bench.delivered) == count


# --- Conservation


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), rate=st.sampled_from([0, 0.3]))
def test_money_is_never_made_or_lost(bench, mtn, airtel, seed, rate):
    bench.reset()
    mtn._tokens.clear()
    airtel._token = None
    mtn.headers("collection"), mtn.headers("disbursement"), airtel.headers()
    bench.control("floats", operator="mtn", wallet="payout", balance="120.00")
    bench.control("faults", rate=rate, seed=seed, kinds=["503", "500 but done", "accept then time out", "cut"])
    some = random.Random(seed)
    done = []
    for _ in range(25):
        number = some.choice(["60000001", "60000061", "60000083", "60000086"])
        amount = f"{some.randint(1, 6000) / 100:.2f}"
        step = some.randrange(5)
        if step == 0:
            done.append(str(uuid4()))
            mtn.collect(f"2609{number}", amount, reference=done[-1], status="*")
        elif step == 1:
            mtn.pay_out(f"2609{number}", amount, status="*")
        elif step == 2 and done:
            mtn.refund(some.choice(done), amount, status="*")
        elif step == 3:
            airtel.app.post_json(
                "/merchant/v1/payments/",
                {
                    "reference": "flash1",
                    "subscriber": {"msisdn": "970000001"},
                    "transaction": {"amount": float(amount), "id": airtel.fresh_id()},
                },
                headers=airtel.headers(),
                status="*",
            )
        else:
            bench.after(some.randint(0, 3))
    bench.after(60)
    check_books(bench.simulator.bank)


def check_books(bank):
    for currency in ZMW, EUR:
        assert bank.total(currency).minor == 0
    moved = [movement for movement in bank.journal if OUTSIDE not in {movement.source, movement.target}]
    succeeded = [order for order in bank.orders() if order.state is State.SUCCEEDED]
    # Every order that succeeded moved its own amount, once, and no other moved anything.
    assert sorted((each.reference, each.amount.minor) for each in moved) == sorted(
        (each.reference, each.amount.minor) for each in succeeded
    )
    for order in succeeded:
        assert bank.given_back(order) <= order.amount
    assert all(bank._balances[key] >= 0 for key in bank._balances if key[0] != OUTSIDE)
