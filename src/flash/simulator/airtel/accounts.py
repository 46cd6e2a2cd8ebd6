"""What Airtel tells about accounts: ours, and the customers' (facts B2)."""

from collections.abc import Mapping
from typing import Any

from flash.simulator.airtel.door import CURRENCY, NOT_FOUND, enter, envelope, failure, invalid, read_msisdn
from flash.simulator.bank import own_account
from flash.simulator.calls import Answered, Call, json_answer
from flash.simulator.names import Operator, Own
from flash.simulator.scenarios import CHECK, built_in

_TYPES: Mapping[str, Own] = {"DISB": Own.PAYOUT, "COLL": Own.COLLECTION}


def balance(call: Call) -> Any:
    """GET /standard/v1/users/balance: the payout account, or in v2 the one of `?type=`."""
    enter(call)
    if not call.simulator.knobs.airtel_balance:
        raise Answered(_not_enabled())
    kind = call.request.GET.get("type", "DISB" if call.request.matchdict["version"] == "v1" else "")
    if kind not in _TYPES:
        raise invalid("type must be DISB or COLL")
    held = call.simulator.bank.balance(own_account(Operator.AIRTEL, _TYPES[kind]))
    data = {"balance": str(held), "currency": CURRENCY, "account_status": "Active"}
    return envelope("", "SUCCESS", success=True, data=data)


def user(call: Call) -> Any:
    """GET /standard/v1/users/{msisdn}: who has this wallet, and whether it can be used."""
    enter(call)
    if not call.simulator.knobs.airtel_kyc:
        raise Answered(_not_enabled())
    party = read_msisdn(call.request.matchdict["msisdn"])
    scenario = call.scenario or call.simulator.scenario_of(party, CHECK) or built_in(party, CHECK)
    if scenario.not_found:
        return failure("", "User not found", result=NOT_FOUND)
    customer = call.simulator.bank.customer(Operator.AIRTEL, party)
    first, _, last = customer.name.rpartition(" ")
    data = {
        "first_name": first,
        "last_name": last,
        "grade": "SUBS",
        "is_barred": scenario.inactive or not customer.active,
        "is_pin_set": True,
        "msisdn": party[3:],
        "reg_status": "SUBSCRIBER",
    }
    return envelope("", "SUCCESS", success=True, data=data)


def _not_enabled() -> Any:
    return json_answer(403, {"error": "forbidden", "error_description": "This API is not enabled for your account."})
