"""What an operator's adapter promises, over every adapter there is: the sandbox, and MTN and Airtel over real HTTP.

The documented test numbers (docs/sandbox.md) mean the same at each of them, so every test runs for every adapter.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests

from factories import World, msisdn
from flash.adapters.sandbox import Sandbox
from flash.adapters.system_clock import SystemClock
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.outcome import Declined, Outcome, Reason, Settled, Source, Unknown, Unseen, Waiting
from flash.domain.routing import Operator
from flash.ports.clock import Clock
from flash.ports.provider import AccountCheck, FloatCheck, Wallet
from flash.settings import Settings, load
from flash.simulator.server import Server, running
from flash.simulator.simulator import Knobs
from processes.profile import ROOT

HOLD_S, READ_S = 1.8, 1.2
"""How long a stand-in keeps an answer back, and how long an adapter waits for one."""

PREFIXES = {Operator.MTN: "096", Operator.AIRTEL: "097"}
KINDS = pytest.mark.parametrize("kind", Kind)
NUMBERED = pytest.mark.parametrize("kind", [Kind.COLLECTION, Kind.DISBURSEMENT])
"""Those that behave as the number says. Money goes back to whoever paid, and with such a number nobody could have."""


@dataclass
class Bench:
    """An adapter on the bench, with an operator behind it whose time can be moved."""

    operator: Any
    name: Operator
    clock: Clock
    server: Server | None = None
    world: World = field(default_factory=World)

    def number(self, code: int) -> str:
        return f"{PREFIXES[self.name]}00000{code:02}"

    def leg(self, kind: Kind = Kind.COLLECTION, code: int = 1, minor: int = 2500) -> Leg:
        """Return a leg that is about to be sent. A refund is of a collection that was settled."""
        leg = Leg(
            reference=uuid4(),
            kind=kind,
            operator=self.name,
            party=msisdn(self.number(code)),
            amount=Money(minor),
            message="Flash to +260970000002: Mum's rent & more",
        )
        if kind is Kind.REFUND:
            collection = self.leg(Kind.COLLECTION, 1 if code < 90 else code)
            self.operator.submit(collection)
            self.pass_by(timedelta(minutes=4))
            settled = self.operator.ask(collection)
            assert isinstance(settled, Settled)
            leg = replace(leg, refunds=collection.reference, refunds_operator_id=settled.operator_id)
        return leg.sent(self.clock.now(), self.operator.platform(kind), "token")

    def pass_by(self, duration: timedelta) -> None:
        if self.server is None:
            self.world.clock.pass_by(duration)
        else:
            self.control("clock", advance_s=duration.total_seconds())

    def control(self, path: str, **body: Any) -> Any:
        assert self.server is not None
        answer = requests.post(f"{self.server.url}/control/{path}", json=body, timeout=5)
        assert answer.ok, answer.text
        return answer.json()

    @contextmanager
    def scenario(self, text: str, code: int = 1) -> Iterator[None]:
        """Have this happen to a number, in calls over HTTP."""
        about = {"msisdn": msisdn(self.number(code)).digits}
        self.control("scenarios", **about, scenario=text)
        yield
        assert self.server is not None
        requests.delete(f"{self.server.url}/control/scenarios", json=about, timeout=5).raise_for_status()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(knobs=Knobs(approval_s=30, payout_s=2, airtel_payout_s=2, hold_s=HOLD_S)) as server:
        yield server


def over_http(name: Operator, server: Server, platform: str = "") -> Bench:
    """The adapter as production has it, with a stand-in for its operator."""
    server.simulator.reset()
    about = {"platform": platform} if platform else {}
    credentials = requests.get(f"{server.url}/control/credentials", params=about, timeout=5).json()
    changed = {f"{name}.read_timeout_s": str(READ_S), f"{name}.callback_base": "http://localhost:1"}
    settings = Settings({**load(str(ROOT / "production.ini")).under(""), **changed}, credentials)
    clock = SystemClock()
    adapter = importlib.import_module(f"flash.adapters.{name}")
    return Bench(adapter.from_settings(settings, clock), name, clock, server)


@pytest.fixture(params=["sandbox", "mtn", "mtn africa", "airtel"])
def bench(request: pytest.FixtureRequest, server: Server) -> Bench:
    if request.param == "sandbox":
        world = World()
        return Bench(Sandbox(clock=world.clock, success_rate=1), Operator.MTN, world.clock, world=world)
    name, _, platform = request.param.partition(" ")
    return over_http(Operator(name), server, platform)


@pytest.fixture(params=[Operator.MTN, Operator.AIRTEL])
def http_bench(request: pytest.FixtureRequest, server: Server) -> Bench:
    """The adapters that speak HTTP, for what can only go wrong there."""
    return over_http(request.param, server)


def asked_later(bench: Bench, leg: Leg) -> Outcome:
    """What becomes of the leg, once it had the time."""
    bench.pass_by(timedelta(minutes=4))
    outcome: Outcome = bench.operator.ask(leg)
    return outcome


# Yes


@KINDS
def test_an_order_is_accepted_then_waits_then_settles_with_evidence_from_a_query(bench: Bench, kind: Kind) -> None:
    sent = bench.leg(kind)
    accepted = bench.operator.submit(sent)
    assert isinstance(accepted, Waiting)
    assert accepted.evidence.source is Source.SUBMIT
    assert isinstance(bench.operator.ask(sent), Waiting)
    outcome = asked_later(bench, sent)
    assert isinstance(outcome, Settled)
    assert outcome.operator_id
    assert outcome.evidence.source is Source.STATUS_QUERY
    assert outcome.evidence.body
    assert not sent.contradicted_by(outcome.evidence)


@KINDS
def test_the_same_reference_is_one_order_however_often_it_is_sent(bench: Bench, kind: Kind) -> None:
    sent = bench.leg(kind)
    bench.operator.submit(sent)
    for _ in range(3):
        assert not isinstance(bench.operator.submit(sent), Settled | Declined)
    assert isinstance(asked_later(bench, sent), Settled)
    assert not isinstance(bench.operator.submit(sent), Settled | Declined)
    assert isinstance(asked_later(bench, sent), Settled)
    assert movements(bench, sent) == 1


def movements(bench: Bench, leg: Leg) -> int:
    """How often money moved for a leg; once where nobody counts."""
    if bench.server is None:
        return 1
    names = {str(leg.reference), leg.reference.hex}
    return sum(movement.reference in names for movement in bench.server.simulator.bank.journal)


# No


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        (Kind.COLLECTION, 61, Reason.NOT_ENOUGH_FUNDS),
        (Kind.COLLECTION, 62, Reason.PAYER_REFUSED),
        (Kind.COLLECTION, 63, Reason.PROMPT_EXPIRED),
        (Kind.COLLECTION, 66, Reason.PAYER_LIMIT_REACHED),
        (Kind.DISBURSEMENT, 72, Reason.PAYEE_LIMIT_REACHED),
        (Kind.DISBURSEMENT, 73, Reason.PAYEE_NOT_ALLOWED),
        (Kind.DISBURSEMENT, 74, Reason.FLOAT_TOO_LOW),
        (Kind.DISBURSEMENT, 77, Reason.OTHER),
        (Kind.REFUND, 91, Reason.OTHER),
    ],
)
def test_a_failure_is_declined_by_a_query_with_its_reason_in_our_words(
    bench: Bench, kind: Kind, code: int, reason: Reason
) -> None:
    sent = bench.leg(kind, code)
    assert isinstance(bench.operator.submit(sent), Waiting)
    outcome = asked_later(bench, sent)
    assert isinstance(outcome, Declined)
    assert (outcome.reason, outcome.evidence.source) == (reason, Source.STATUS_QUERY)


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [(Kind.COLLECTION, 64, Reason.PAYER_NOT_FOUND), (Kind.DISBURSEMENT, 71, Reason.PAYEE_NOT_FOUND)],
)
def test_an_order_that_creates_nothing_is_refused_at_once(bench: Bench, kind: Kind, code: int, reason: Reason) -> None:
    sent = bench.leg(kind, code)
    outcome = bench.operator.submit(sent)
    assert isinstance(outcome, Declined)
    assert (outcome.reason, outcome.evidence.source) == (reason, Source.SUBMIT)


# Perhaps


@NUMBERED
def test_a_call_that_times_out_is_doubt_and_no_error(bench: Bench, kind: Kind) -> None:
    sent = bench.leg(kind, 84)
    assert isinstance(bench.operator.submit(sent), Unknown)
    assert isinstance(bench.operator.ask(sent), Unknown)
    assert isinstance(asked_later(bench, sent), Settled)


@NUMBERED
def test_an_order_that_the_operator_does_not_know_yet_is_unseen(bench: Bench, kind: Kind) -> None:
    sent = bench.leg(kind, 86)
    assert isinstance(bench.operator.submit(sent), Waiting)
    assert isinstance(bench.operator.ask(sent), Unseen)
    assert isinstance(asked_later(bench, sent), Settled)


@NUMBERED
def test_an_operator_that_never_decides_is_waited_for(bench: Bench, kind: Kind) -> None:
    sent = bench.leg(kind, 81)
    assert isinstance(bench.operator.submit(sent), Waiting)
    assert isinstance(asked_later(bench, sent), Waiting)


def test_a_refund_that_is_not_decided_is_waited_for(http_bench: Bench) -> None:
    sent = http_bench.leg(Kind.REFUND)
    with http_bench.scenario("pending 86400s; success"):
        assert isinstance(http_bench.operator.submit(sent), Waiting)
        assert isinstance(asked_later(http_bench, sent), Waiting)


def test_evidence_says_what_the_operator_said_of_amount_and_party(bench: Bench) -> None:
    sent = bench.leg(Kind.DISBURSEMENT, 83)
    bench.operator.submit(sent)
    outcome = asked_later(bench, sent)
    assert isinstance(outcome, Settled)
    assert outcome.evidence.amount == Money(2600)
    assert outcome.evidence.party == (None if bench.name is Operator.AIRTEL else sent.party)


# What is asked before


def test_an_operator_tells_of_wallets_and_float(bench: Bench) -> None:
    operator = bench.operator
    assert isinstance(operator, AccountCheck)
    assert isinstance(operator, FloatCheck)
    known, unknown = (operator.wallet(msisdn(bench.number(code))) for code in (1, 76))
    assert known is not None
    assert known.active
    assert unknown == Wallet(active=False)
    assert operator.float_available() == Money(100_000_000)


def test_new_legs_of_every_kind_have_the_platform_of_today(bench: Bench) -> None:
    platform = bench.operator.platform(Kind.COLLECTION)
    assert platform
    assert all(bench.operator.platform(kind) == platform for kind in Kind)


# What can only go wrong over HTTP


@KINDS
@pytest.mark.parametrize(
    "trouble", ["503", "500 but done", "429", "html 200", "cut", "time out", "accept then time out"]
)
def test_trouble_with_an_order_is_doubt_and_the_same_reference_ends_it(
    http_bench: Bench, kind: Kind, trouble: str
) -> None:
    sent = http_bench.leg(kind)
    with http_bench.scenario(f"{trouble}; times 1"):
        assert isinstance(http_bench.operator.submit(sent), Unknown)
    outcome = http_bench.operator.ask(sent)
    assert isinstance(outcome, Unseen | Waiting)
    if isinstance(outcome, Unseen):
        assert isinstance(http_bench.operator.submit(sent), Waiting)
    assert isinstance(asked_later(http_bench, sent), Settled)


@KINDS
@pytest.mark.parametrize("kinds", ["503", "html 200", "cut", "time out"])
def test_trouble_with_a_query_is_doubt(http_bench: Bench, kind: Kind, kinds: str) -> None:
    sent = http_bench.leg(kind)
    http_bench.operator.submit(sent)
    http_bench.control("faults", rate=1, seed=1, kinds=[kinds])
    assert isinstance(http_bench.operator.ask(sent), Unknown)
    assert http_bench.operator.wallet(sent.party) is None
    assert http_bench.operator.float_available() is None
    http_bench.control("faults", rate=0)
    assert isinstance(asked_later(http_bench, sent), Settled)


@KINDS
def test_a_token_that_ran_out_is_renewed_once_without_anybody_noticing(http_bench: Bench, kind: Kind) -> None:
    sent = http_bench.leg(kind)
    with http_bench.scenario("token expires; times 1"):
        assert isinstance(http_bench.operator.submit(sent), Waiting)
    assert isinstance(asked_later(http_bench, sent), Settled)


def test_an_operator_that_is_down_is_doubt_and_nobody_is_ready(http_bench: Bench) -> None:
    http_bench.control("down", operator=http_bench.name, down=True)
    sent = http_bench.leg()
    assert http_bench.operator.is_ready(Kind.COLLECTION) is False
    assert isinstance(http_bench.operator.submit(sent), Unknown)
    assert isinstance(http_bench.operator.ask(sent), Unknown)
    assert http_bench.operator.wallet(sent.party) is None
    http_bench.control("down", operator=http_bench.name, down=False)


def test_an_adapter_finds_nothing_wrong_where_nothing_is(http_bench: Bench) -> None:
    findings = http_bench.operator.examine()
    assert [finding for finding in findings if not finding.good] == []
    assert len(findings) > 3
