"""What `flash doctor airtel` tells: every trap of the documents by its name, and no secret."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from flash.adapters.airtel.crypto import PinPadding
from flash.adapters.airtel.doctor import OLD_HOSTS, About, examine
from flash.adapters.http import NoToken, Token
from flash.domain.money import Money
from flash.ports.provider import Finding

SIGNED_IN = Token("the-token", lasts=timedelta(minutes=3))
FLOAT = Money(100000)


def findings(*, token=SIGNED_IN, key=None, balance: Money | None = FLOAT, **changed) -> Mapping[str, Finding]:
    about = {
        "base_url": "https://openapi.airtel.co.zm",
        "pin_key_bits": 1024,
        "pin_padding": PinPadding.PKCS1V15,
        "disbursement": 1,
        "checks": True,
        "callback_base": "https://pay.example",
    }
    found = {one.subject: one for one in examine(About(**{**about, **changed}), token, key, lambda: balance)}
    assert "the-token" not in str(found)
    assert all(bool(finding.mend) is not finding.good for finding in found.values())
    return found


def test_all_is_well_where_all_is_well() -> None:
    found = findings(key=Token("a-key", lasts=timedelta(hours=1)))
    assert list(found) == ["host", "credentials", "PIN key", "signing", "float", "callback address"]
    assert all(finding.good for finding in found.values())
    assert found["float"].told == "The payout wallet holds K1,000.00."
    address = "https://pay.example/callbacks/airtel/<a long random word>"
    assert found["callback address"].told == f"Set {address} in Airtel's portal."


@pytest.mark.parametrize("host", OLD_HOSTS)
def test_a_host_that_is_no_longer_for_zambia_is_named(host: str) -> None:
    found = findings(base_url=f"https://{host}")
    assert host in found["host"].told
    assert "openapi.airtel.co.zm" in found["host"].mend


def test_a_host_that_is_away_is_told() -> None:
    found = findings(token=NoToken("timed out", reached=False))
    assert found["host"].told == "openapi.airtel.co.zm did not answer: timed out."
    assert found["credentials"].mend.startswith("Try again later")


def test_refused_credentials_are_told_from_a_host_that_is_away() -> None:
    found = findings(token=NoToken("the client id or secret was refused", "check airtel.client_id"))
    assert found["host"].good
    assert found["credentials"].mend == "Check airtel.client_id"


@pytest.mark.parametrize(
    ("version", "pin_padding", "good"),
    [
        (1, PinPadding.PKCS1V15, True),
        (2, PinPadding.PKCS1V15, True),
        (3, PinPadding.OAEP_SHA256, True),
        (1, PinPadding.OAEP_SHA256, False),
        (3, PinPadding.PKCS1V15, False),
    ],
)
def test_a_padding_that_does_not_belong_to_the_version_is_told(
    version: int, pin_padding: PinPadding, good: bool
) -> None:
    assert findings(disbursement=version, pin_padding=pin_padding)["PIN key"].good is good


def test_signatures_without_a_key_are_told() -> None:
    found = findings(key=NoToken("no encryption key: HTTP 403"))
    assert found["signing"].told == "Orders cannot be signed: no encryption key: HTTP 403."


def test_a_float_that_is_empty_or_untold_is_told_and_one_that_is_not_enabled_is_fine() -> None:
    assert findings(balance=Money(0))["float"].mend == "Top it up."
    assert "airtel.account_checks" in findings(balance=None)["float"].mend
    assert findings(balance=None, checks=False)["float"].good


@pytest.mark.parametrize("callback_base", ["https://192.0.2.7", "http://127.0.0.1:6543", "http://localhost"])
def test_a_callback_address_that_airtel_cannot_reach_is_told(callback_base: str) -> None:
    assert not findings(callback_base=callback_base)["callback address"].good


def test_a_stand_in_on_this_machine_can_call_this_machine() -> None:
    found = findings(base_url="http://localhost:8089", callback_base="http://localhost:6543")
    assert found["callback address"].good


def test_no_callback_address_is_fine() -> None:
    assert findings(callback_base="")["callback address"].good
