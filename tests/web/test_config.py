"""What the service says of itself to a page that was just loaded."""

from types import SimpleNamespace

import pytest

from factories import ROOT, money, terms
from flash.domain.pin import PinRules
from flash.settings import BadSettings, Settings, load
from flash.web.api.config import ABOUT, config, from_settings
from flash.wiring import uses_only_the_sandbox


def told_by(settings, above=None):
    """Return what is told where these are the settings."""
    registry = {ABOUT: from_settings(settings, demo=uses_only_the_sandbox(settings))}
    services = SimpleNamespace(terms=terms(), pin_rules=PinRules({1: b"key"}, above), pusher=None)
    return config(SimpleNamespace(services=services, registry=registry))


def test_a_demo_says_so_and_when_it_completes_what_does_not_end():
    assert told_by(load(str(ROOT / "development.ini"))) == {
        "demo": True,
        "demo_complete_after_s": 45,
        "give_up_after_s": 115,
        "currency": "ZMW",
        "languages": ["en", "bem", "ny"],
        "pin_above": None,
        "push_public_key": None,
        "operators": [
            {
                "operator": name,
                "brand": brand,
                "served": served,
                "prefixes": prefixes,
                "least": "1.00" if served else None,
                "most": "20000.00" if served else None,
                "ussd": "*115#",
            }
            for name, brand, served, prefixes in (
                ("mtn", "MTN MoMo", True, ["056", "076", "096"]),
                ("airtel", "Airtel Money", True, ["057", "077", "097"]),
                ("zamtel", "Zamtel Money", False, ["055", "075", "095"]),
            )
        ],
    }


@pytest.mark.parametrize(
    ("ini", "changed"),
    [
        ("production.ini", {}),
        ("staging.ini", {}),
        ("development.ini", {"flash.provider.airtel": "flash.adapters.airtel"}),
        ("development.ini", {"flash.provider.mtn": "env:PROVIDER"}),
    ],
)
def test_where_one_operator_may_be_real_it_is_no_demo(ini, changed):
    told = told_by(load(str(ROOT / ini)).with_values(changed))
    assert (told["demo"], told["demo_complete_after_s"]) == (False, None)


def test_it_says_above_what_the_pin_is_asked_for_and_where_there_is_nothing_to_dial():
    told = told_by(Settings({"flash.ussd.mtn": "*115*1#", "flash.ussd.airtel": ""}), above=money("500.00"))
    assert told["pin_above"] == "500.00"
    assert [one["ussd"] for one in told["operators"]] == ["*115*1#", None, None]


@pytest.mark.parametrize("text", ["115", "*115", "tel:*115#", "*1a#", "#"])
def test_what_cannot_be_dialled_stops_the_start(text):
    with pytest.raises(BadSettings) as refused:
        from_settings(Settings({"flash.ussd.mtn": text}), demo=False)
    assert refused.value.problems == ["flash.ussd.mtn: is not what one dials, like *115#, or nothing"]


def test_it_is_for_anybody_and_asks_the_database_nothing(api):
    with api.statements() as found:
        assert api.get("/api/config/").json["give_up_after_s"] == 115
    assert found == []
