"""Production on stand-ins for MTN and Airtel that lie, are slow, are down, or refuse us, over real HTTP."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import requests
from sqlalchemy import func, select

from flash.adapters.sql.tables import transfers
from flash.domain.journal import balances
from flash.domain.money import parse_money
from flash.domain.transfer import State, Transfer
from processes.profile import token_of, until
from processes.stage import Staging
from processes.test_rehearsal import all_final, dossiers, send
from servers import RedisServer, free_port

FAULTS = [
    *["503", "500 but done", "accept then time out", "time out", "cut", "html 200", "404", "slow"] * 3,
    *["duplicate callbacks", "callback lost"] * 3,
    # Rarer, because it hits every call that is made with the token.
    "token expires",
]
"""What goes wrong with a fifth of all calls, each as often as it is listed."""


def people(first: str, count: int = 500) -> list[str]:
    return [f"{first}0000{100 + number}" for number in range(count)]


# A thousand payments


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that may be emptied."""
    server = RedisServer()
    yield server
    server.stop()


def test_a_thousand_payments_through_lying_operators_and_killed_workers_lose_nothing(
    staging: Callable[..., Staging], own_redis: RedisServer
) -> None:
    port = free_port()
    stage = staging(redis_url=own_redis.url, web_port=port)
    urls = [stage.profile.serve(one) for one in (port, free_port())]
    workers = [stage.profile.work() for _ in range(2)]
    mtn, airtel = people("096"), people("097")
    tokens = {number: token_of(stage.world, number) for number in (*mtn, *airtel)}
    orders = [
        (urls[number % 2], tokens[payer], payee, 10 + number // 100 + number % 100 / 100)
        for number in range(1000)
        for payer, payee in [(mtn, airtel) if number % 2 else (airtel, mtn)]
        for payer, payee in [(payer[number // 2], payee[number * 7 % 500])]
    ]
    stage.control("faults", rate=0.2, seed=3, kinds=FAULTS)
    with ThreadPoolExecutor(8) as pool, ThreadPoolExecutor(1) as trouble:
        sent = pool.map(lambda order: send_until_taken(*order), orders)
        ended = trouble.submit(make_trouble, stage, workers, own_redis)
        assert len(set(sent)) == 1000
        until(lambda: ended_of(stage) == 1000, seconds=500)
        ended.result()
    ends = Counter(dossier.transfer.state for dossier in found(stage))
    assert sum(ends.values()) == 1000
    assert set(ends) <= {State.COMPLETED, State.FAILED, State.RETURNED, State.IN_REVIEW}
    assert ends[State.COMPLETED] > 900
    done = stage.profile.flash("audit")
    assert (done.returncode, done.stdout.endswith("The audit is clean.\n")) == (0, True), done.stdout + done.stderr
    check_against_the_operators(stage)


def send_until_taken(url: str, token: str, payee: str, amount: float) -> str:
    """Send as an app does that tries again when it is told to come back later."""
    taken: list[str] = []

    def once() -> bool:
        answer = requests.post(
            f"{url}/transactions/send/",
            json={"recipient_phone": payee, "amount": amount},
            headers={"Authorization": f"Token {token}"},
            timeout=20,
        )
        if answer.status_code == 503:
            assert answer.headers["Retry-After"]
            return False
        assert answer.status_code == 201, answer.text
        taken.append(answer.json()["transaction_id"])
        return True

    until(once)
    return taken[0]


def make_trouble(stage: Staging, workers: list[Any], own_redis: RedisServer) -> None:
    """Kill a worker every few seconds, and empty Redis once, while payments are under way."""
    for number in range(8):
        until(lambda number=number: ended_of(stage) >= 80 * (number + 1), seconds=500)
        victim = workers[number % 2]
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        workers[number % 2] = stage.profile.work()
        if number == 3:
            with redis.Redis.from_url(own_redis.url) as client:
                client.flushall()


def found(stage: Staging) -> list[Any]:
    with stage.world.database.snapshot() as store:
        return list(store.transfers.dossiers(after=None, limit=2000))


def ended_of(stage: Staging) -> int:
    """How many transfers nothing more will happen to by itself."""
    with stage.world.database.engine.connect() as connection:
        ended = select(func.count()).select_from(transfers).where(transfers.c.due_at.is_(None))
        return int(connection.scalar(ended) or 0)


def check_against_the_operators(stage: Staging) -> None:
    """Wallets and floats at the operators are what the journal says, to the ngwee."""
    until(lambda: not [order for order in stage.orders() if order["state"] == "pending"])
    journal = balances(posting for dossier in found(stage) for posting in dossier.postings)
    start = parse_money("1000000.00").minor
    for told in stage.look("floats")["floats"]:
        if told["currency"] == "ZMW":
            began = start if told["wallet"] == "payout" else 0
            account = f"float:{told['operator']}:{told['wallet']}"
            assert parse_money(told["balance"]).minor - began == journal[account], account
    people_hold: Counter[str] = Counter()
    for told in stage.look("wallets")["wallets"]:
        people_hold[told["operator"]] += parse_money(told["balance"]).minor - parse_money("100000.00").minor
    for operator, minor in people_hold.items():
        assert minor == journal[f"payer:{operator}"] + journal[f"payee:{operator}"], operator
    moved = Counter(order["kind"] for order in stage.orders() if order["state"] == "succeeded")
    settled = Counter(leg.kind.value for one in found(stage) for leg in one.transfer.legs if leg.state == "settled")
    assert moved == settled


# Operators that are slow, down, or refuse us


def test_sends_are_accepted_while_no_operator_answers_anything(staging: Callable[..., Staging]) -> None:
    stage = staging()
    url, token = stage.profile.serve(free_port()), token_of(stage.world, "0960000001")
    stage.profile.work()
    stage.control("settings", hold_s=60)
    stage.control("hold", held=True)
    for amount in range(10, 30):
        send(url, token, "0970000002", amount)
    assert {one.transfer.state for one in dossiers(stage.world)} <= {State.RECORDED, State.COLLECTING}
    assert stage.orders() == []
    stage.control("hold", held=False)
    until(lambda: all_final(stage.world))
    assert {one.transfer.state for one in dossiers(stage.world)} == {State.COMPLETED}


WRONG = {
    "bad credentials": ({"MTN_API_KEY": "not-ours"}, "BAD mtn collection credentials: Not signed in"),
    "wrong environment": (
        {"MTN_COLLECTIONS_TARGET_ENV": "production"},
        "BAD mtn collection environment: The target environment is none of MTN's names",
    ),
    "operator down": ({"MTN_COLLECTIONS_BASE_URL": "http://localhost:1"}, "BAD mtn collection host: localhost did not"),
    "airtel credentials": ({"AIRTEL_CLIENT_SECRET": "not-ours"}, "BAD airtel credentials: Not signed in"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_an_operator_is_one_clear_line_and_payments_wait_for_it(
    staging: Callable[..., Staging], wrong: str
) -> None:
    changed, line = WRONG[wrong]
    stage = staging()
    stage.profile.environ = {**stage.environ, **changed}
    url, token = stage.profile.serve(free_port()), token_of(stage.world, "0960000001")
    worker = stage.profile.work()
    until(lambda: line in stage.profile.logs())
    send(url, token, "0970000002", 10)
    until(lambda: look(stage).version > 2 and look(stage).state is not State.COLLECTING)
    # Nobody's phone rang: what only shows when ordering is refused with a reason, the rest waits to be mended.
    refused = wrong == "wrong environment"
    assert look(stage).state is (State.FAILED if refused else State.RECORDED)
    assert stage.orders() == []
    assert worker.poll() is None
    operator = "airtel" if wrong.startswith("airtel") else "mtn"
    told = stage.profile.flash("doctor", operator)
    assert told.returncode == 1
    assert line in told.stdout
    for secret in ("not-ours", *(stage.environ[name] for name in ("MTN_API_KEY", "AIRTEL_CLIENT_SECRET"))):
        assert secret not in told.stdout + stage.profile.logs()
    worker.kill()
    worker.wait()
    stage.profile.environ = stage.environ
    stage.profile.work()
    if refused:
        send(stage.profile.serve(free_port()), token, "0970000002", 11)
    until(lambda: all_final(stage.world))
    assert State.COMPLETED in {one.transfer.state for one in dossiers(stage.world)}
    assert stage.world.audit() == []


def look(stage: Staging) -> Transfer:
    """The only transfer as it is now."""
    transfer: Transfer = dossiers(stage.world)[0].transfer
    return transfer


def test_a_callback_host_that_is_not_ours_is_told_and_payments_go_on_without_callbacks(
    staging: Callable[..., Staging],
) -> None:
    stage = staging(PUBLIC_URL="https://flash.example")
    url, token = stage.profile.serve(free_port()), token_of(stage.world, "0960000001")
    stage.profile.work()
    for amount in (10, 11):
        send(url, token, "0960000002", amount)
    until(lambda: all_final(stage.world))
    assert {one.transfer.state for one in dossiers(stage.world)} == {State.COMPLETED}
    assert "mtn.callback_base must have the registered one" in stage.profile.logs()
    assert stage.world.audit() == []


def test_the_doctor_finds_all_well_where_all_is_well(staging: Callable[..., Staging]) -> None:
    port = free_port()
    stage = staging(web_port=port)
    stage.profile.serve(port)
    for operator in ("mtn", "airtel"):
        done = stage.profile.flash("doctor", operator)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert all(line.startswith(f"ok  {operator} ") for line in lines)
        assert "callback: Those that we sent ourselves arrived." in done.stdout
