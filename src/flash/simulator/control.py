"""The control API: what a test or a person says to the simulator itself, in JSON.

It has no password, so the simulator listens on this machine only unless it is told otherwise.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from flash.domain.money import CURRENCIES, ZMW, Money
from flash.simulator.bank import Customer, Order, own_account, wallet
from flash.simulator.calls import json_answer
from flash.simulator.control_input import (
    Input,
    read_host,
    read_kind,
    read_kinds,
    read_knobs,
    read_money,
    read_operator,
    read_own,
    read_party,
    read_seconds,
    read_share,
    read_switch,
    read_text,
    read_url,
    read_whole,
)
from flash.simulator.faults import KINDS, Faults
from flash.simulator.names import Operator, Own
from flash.simulator.presets import AFRICA, LEGACY, credentials
from flash.simulator.scenarios import parse_scenario
from flash.simulator.simulator import Simulator

View = Callable[[Simulator, Input], Any]


def answering(simulator: Simulator, view: View) -> Callable[[Any], Any]:
    """Return what Pyramid calls: bad input becomes a sentence."""

    def answer(request: Any) -> Any:
        try:
            simulator.tick()
            return json_answer(200, view(simulator, Input(request)))
        except ValueError as error:
            return json_answer(400, {"error": str(error)})

    return answer


# --- What there is


def summary(simulator: Simulator, given: Input) -> Any:
    """GET /control/."""
    states: dict[str, dict[str, int]] = {operator.value: {} for operator in Operator}
    for order in simulator.bank.orders():
        of = states[order.operator]
        of[order.state] = of.get(order.state, 0) + 1
    return {
        "now": simulator.clock.now().isoformat(),
        "wallets": wallets(simulator, given)["wallets"],
        "floats": floats(simulator, given)["floats"],
        "orders": states,
        "settings": asdict(simulator.knobs),
        "faults": _faults(simulator),
        "down": sorted(simulator.down),
        "held": simulator.held,
        "scenarios": [
            {"msisdn": party, "kind": kind, "scenario": scenario.text}
            for (party, kind), scenario in simulator.scenarios().items()
        ],
        "callback_hosts": {name: sorted(user.hosts) for name, user in simulator.mtn_users.items()},
    }


def orders(simulator: Simulator, given: Input) -> Any:
    """GET /control/orders?operator=."""
    operator = given.optional("operator", read_operator)
    return {"orders": [_show_order(order) for order in simulator.bank.orders(operator)]}


def _show_order(order: Order) -> dict[str, Any]:
    return {
        "operator": order.operator,
        "platform": order.space,
        "operation": order.operation,
        "kind": order.kind,
        "reference": order.reference,
        "external_id": order.details.get("texts", {}).get("externalId"),
        "msisdn": order.party,
        "amount": str(order.amount),
        "currency": order.amount.currency.code,
        "state": order.state,
        "reason": order.reason,
        "operator_id": order.operator_id,
        "scenario": order.scenario.text,
        "opened_at": order.opened_at.isoformat(),
        "settled_at": order.settled_at.isoformat() if order.settled_at else None,
    }


def calls(simulator: Simulator, _given: Input) -> Any:
    """GET /control/calls: how often each operation was called."""
    counts: dict[str, dict[str, int]] = {operator.value: {} for operator in Operator}
    with simulator.lock:
        for (operator, operation), count in simulator.calls.items():
            counts[operator][operation] = count
    return {"calls": counts}


def callbacks(simulator: Simulator, _given: Input) -> Any:
    """GET /control/callbacks: every try."""
    return {
        "callbacks": [
            {
                "method": callback.method,
                "url": callback.url,
                "body": callback.body.decode(),
                "try": callback.tries + 1,
                "answered": answered,
            }
            for callback, answered in [*simulator.callbacks.sent]
        ]
    }


def show_credentials(_simulator: Simulator, given: Input) -> Any:
    """GET /control/credentials?platform=legacy|africa."""
    platform = given.optional("platform", read_text) or LEGACY
    if platform not in {LEGACY, AFRICA}:
        raise ValueError(f"platform must be {LEGACY} or {AFRICA}.")
    return credentials(given.base_url, platform)


# --- Time


def advance(simulator: Simulator, given: Input) -> Any:
    """POST /control/clock {"advance_s": 60}."""
    simulator.clock.advance(timedelta(seconds=given.required("advance_s", read_seconds)))
    simulator.tick()
    return {"now": simulator.clock.now().isoformat()}


def show_clock(simulator: Simulator, _given: Input) -> Any:
    """GET /control/clock."""
    return {"now": simulator.clock.now().isoformat()}


# --- Money


def wallets(simulator: Simulator, _given: Input) -> Any:
    """GET /control/wallets: everybody who was seen."""
    return {"wallets": [_show_wallet(simulator, *each) for each in simulator.bank.customers()]}


def _show_wallet(simulator: Simulator, operator: Operator, party: str, customer: Customer) -> dict[str, Any]:
    balances = {
        code: str(simulator.bank.balance(wallet(operator, party), currency)) for code, currency in CURRENCIES.items()
    }
    return {
        "operator": operator,
        "msisdn": party,
        "name": customer.name,
        "active": customer.active,
        "balance": balances[ZMW.code],
        "balances": balances,
    }


def set_wallet(simulator: Simulator, given: Input) -> Any:
    """POST /control/wallets {operator, msisdn, balance, currency, active, name}."""
    operator, party = given.required("operator", read_operator), given.required("msisdn", read_party)
    balance = given.optional("balance", read_money(given))
    active, name = given.optional("active", read_switch), given.optional("name", read_text)
    with simulator.bank.lock:
        customer = simulator.bank.customer(operator, party)
        if balance is not None:
            simulator.bank.set_balance(wallet(operator, party), balance)
        customer.active = customer.active if active is None else active
        customer.name = name or customer.name
    return _show_wallet(simulator, operator, party, customer)


def floats(simulator: Simulator, _given: Input) -> Any:
    """GET /control/floats: our own accounts."""
    return {
        "floats": [
            _show_float(simulator, operator, which, code)
            for operator in Operator
            for which in Own
            for code in CURRENCIES
        ]
    }


def _show_float(simulator: Simulator, operator: Operator, which: Own, code: str) -> dict[str, str]:
    balance = simulator.bank.balance(own_account(operator, which), CURRENCIES[code])
    return {"operator": operator, "wallet": which, "currency": code, "balance": str(balance)}


def set_float(simulator: Simulator, given: Input) -> Any:
    """POST /control/floats {operator, wallet, balance, currency}."""
    operator, which = given.required("operator", read_operator), given.required("wallet", read_own)
    balance: Money = given.required("balance", read_money(given))
    simulator.bank.set_balance(own_account(operator, which), balance)
    return _show_float(simulator, operator, which, balance.currency.code)


# --- What goes wrong


def set_scenario(simulator: Simulator, given: Input) -> Any:
    """POST /control/scenarios {msisdn, kind, scenario}."""
    party, kind = given.required("msisdn", read_party), given.optional("kind", read_kind)
    scenario = given.required("scenario", lambda text: parse_scenario(read_text(text)))
    simulator.set_scenario(party, kind, scenario)
    return {"msisdn": party, "kind": kind, "scenario": scenario.text}


def clear_scenario(simulator: Simulator, given: Input) -> Any:
    """DELETE /control/scenarios {msisdn, kind}; without a number, all of them."""
    party, kind = given.optional("msisdn", read_party), given.optional("kind", read_kind)
    for each, of in simulator.scenarios():
        if party in {None, each} and kind in {None, of}:
            simulator.set_scenario(each, of, None)
    return {"scenarios": len(simulator.scenarios())}


def set_faults(simulator: Simulator, given: Input) -> Any:
    """POST /control/faults {rate, seed, kinds}."""
    kinds = given.optional("kinds", read_kinds)
    rate, seed = given.required("rate", read_share), given.optional("seed", read_whole)
    simulator.faults = Faults(rate, seed or 0, tuple(KINDS) if kinds is None else kinds)
    return _faults(simulator)


def _faults(simulator: Simulator) -> dict[str, Any]:
    faults = simulator.faults
    return {"rate": faults.rate, "seed": faults.seed, "kinds": list(faults.kinds)}


def set_latency(simulator: Simulator, given: Input) -> Any:
    """POST /control/latency {"answer_after_s": 3}."""
    answer_after_s = given.required("answer_after_s", read_seconds)
    simulator.turn(replace(simulator.knobs, answer_after_s=answer_after_s))
    return {"answer_after_s": answer_after_s}


def set_hold(simulator: Simulator, given: Input) -> Any:
    """POST /control/hold {"held": true}."""
    simulator.hold(given.required("held", read_switch))
    return {"held": simulator.held}


def set_down(simulator: Simulator, given: Input) -> Any:
    """POST /control/down {operator, down}."""
    operator, down = given.required("operator", read_operator), given.required("down", read_switch)
    with simulator.lock:
        simulator.down = simulator.down | {operator} if down else simulator.down - {operator}
    return {"down": sorted(simulator.down)}


# --- Settings


def set_knobs(simulator: Simulator, given: Input) -> Any:
    """POST /control/settings, with any of those that the summary shows."""
    simulator.turn(replace(simulator.knobs, **read_knobs(given.everything)))
    return asdict(simulator.knobs)


def set_callback_url(simulator: Simulator, given: Input) -> Any:
    """POST /control/callback-url {url, hash_key}: where Airtel calls back; an empty URL is nowhere."""
    url, key = given.required("url", read_url), given.optional("hash_key", read_text)
    simulator.turn(replace(simulator.knobs, airtel_callback_url=url, airtel_hash_key=key or ""))
    return {"url": url, "signed": bool(key)}


def set_callback_host(simulator: Simulator, given: Input) -> Any:
    """POST /control/callback-host {host, user}: one more host where MTN may call back, for one API user or for all."""
    host, name = given.required("host", read_host), given.optional("user", read_text)
    with simulator.lock:
        if name is not None and name not in simulator.mtn_users:
            raise ValueError(f"There is no API user {name!r}.")
        chosen = simulator.mtn_users if name is None else {name: simulator.mtn_users[name]}
        for user in chosen.values():
            user.hosts.add(host)
    return {"callback_hosts": {each: sorted(user.hosts) for each, user in chosen.items()}}


def reset(simulator: Simulator, _given: Input) -> Any:
    """POST /control/reset: forget everything but the time."""
    simulator.reset()
    return {"now": simulator.clock.now().isoformat()}


ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/control/", summary),
    ("GET", "/control/orders", orders),
    ("GET", "/control/calls", calls),
    ("GET", "/control/callbacks", callbacks),
    ("GET", "/control/credentials", show_credentials),
    ("GET", "/control/clock", show_clock),
    ("POST", "/control/clock", advance),
    ("GET", "/control/wallets", wallets),
    ("POST", "/control/wallets", set_wallet),
    ("GET", "/control/floats", floats),
    ("POST", "/control/floats", set_float),
    ("POST", "/control/scenarios", set_scenario),
    ("DELETE", "/control/scenarios", clear_scenario),
    ("POST", "/control/faults", set_faults),
    ("POST", "/control/latency", set_latency),
    ("POST", "/control/hold", set_hold),
    ("POST", "/control/down", set_down),
    ("POST", "/control/settings", set_knobs),
    ("POST", "/control/callback-url", set_callback_url),
    ("POST", "/control/callback-host", set_callback_host),
    ("POST", "/control/reset", reset),
)
"""Method, path and what answers."""
