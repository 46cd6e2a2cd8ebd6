"""What MTN tells about accounts: ours, and the customers' (facts A9, A10)."""

from typing import Any

from flash.simulator.bank import own_account
from flash.simulator.calls import Answered, Call, json_answer
from flash.simulator.mtn.door import Platform, enter, refusal
from flash.simulator.mtn.matrix import ACTIVE, HTTP_CODES, ending
from flash.simulator.names import Operator, Own
from flash.simulator.scenarios import CHECK, Scenario, built_in

_TYPES = frozenset({"msisdn", "email", "party_code", "alias", "id"})


def balance(call: Call, platform: Platform, product: str) -> Any:
    """GET what our own account of this product holds."""
    entry = enter(call, platform, product)
    currency = call.request.matchdict.get("currency", entry.currency.code)
    if currency != entry.currency.code:
        return refusal(500, "INVALID_CURRENCY")
    which = Own.COLLECTION if product == "collection" else Own.PAYOUT
    held = call.simulator.bank.balance(own_account(Operator.MTN, which), entry.currency)
    return json_answer(200, {"availableBalance": str(held), "currency": currency})


def active(call: Call, platform: Platform, product: str) -> Any:
    """GET whether somebody has a wallet that can be used."""
    enter(call, platform, product)
    kind, party = call.request.matchdict["kind"], call.request.matchdict["party"]
    if kind.lower() not in _TYPES:
        return refusal(400, "VALIDATION_ERROR")
    digits = ending(party)
    if digits in ACTIVE:
        return _by_table(ACTIVE[digits])
    scenario = _known(call, kind, party)
    return json_answer(200, {"result": not scenario.inactive and _wallet(call, party)})


def _by_table(code: str) -> Any:
    return refusal(HTTP_CODES[code], code) if code else json_answer(200, {"result": False})


def _known(call: Call, kind: str, party: str) -> Scenario:
    """Return what goes wrong with a check of this customer.

    Raises:
        Answered: there is no such customer.
    """
    scenario = call.scenario or call.simulator.scenario_of(party, CHECK) or built_in(party, CHECK)
    bad_number = kind.lower() == "msisdn" and (not party.isdigit() or party.startswith("0"))
    if scenario.not_found or bad_number:
        raise Answered(call.operation.answers.unknown())
    return scenario


def _wallet(call: Call, party: str) -> bool:
    return call.simulator.bank.customer(Operator.MTN, party).active


def basic_user_info(call: Call, platform: Platform, product: str) -> Any:
    """GET who somebody is."""
    enter(call, platform, product)
    party = call.request.matchdict["party"]
    scenario = _known(call, "msisdn", party)
    return json_answer(200, told_of(call, party, inactive=scenario.inactive))


def told_of(call: Call, party: str, *, inactive: bool = False) -> dict[str, Any]:
    """Return what MTN knows of a customer."""
    customer = call.simulator.bank.customer(Operator.MTN, party)
    given, _, family = customer.name.rpartition(" ")
    return {
        "sub": party,
        "name": customer.name,
        "given_name": given,
        "family_name": family,
        "birthdate": "1990-01-01",
        "locale": "en_ZM",
        "gender": "FEMALE",
        "updated_at": int(call.simulator.clock.now().timestamp()),
        "status": "ACTIVE" if customer.active and not inactive else "INACTIVE",
    }
