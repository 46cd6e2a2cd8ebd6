"""What `flash doctor mtn` tells: every trap of the documents by its name, and no secret."""

from collections.abc import Iterator, Mapping

import pytest

from adapters.operator_server import OperatorServer, Reply, as_json, operator_server
from flash.adapters.http import Client, Silence
from flash.adapters.memory import MemoryClock
from flash.adapters.mtn import from_settings
from flash.adapters.mtn.doctor import NO_API_HOSTS, examine
from flash.adapters.mtn.token import Access, Account, Product
from flash.domain.money import EUR, ZMW, Currency
from flash.ports.provider import Examinable, Finding
from flash.settings import Settings

BALANCE = as_json({"availableBalance": "1000.00", "currency": "ZMW"})


@pytest.fixture
def server() -> Iterator[OperatorServer]:
    """MTN as it should be."""
    with operator_server() as operator:
        for product in Product:
            operator.on("POST", f"/{product}/token/", as_json({"access_token": "t", "expires_in": 3600}))
            operator.on("GET", f"/{product}/v1_0/account/balance", BALANCE)
        yield operator


def findings(
    base_url: str,
    *,
    env: str = "mtnzambia",
    callback: str = "https://pay.example",
    currency: Currency = ZMW,
    client: Client | None = None,
) -> Mapping[str, Finding]:
    access = Access(base_url=base_url, user_id="the-user", api_key="the-secret", keys=("the-key",), target_env=env)
    client = client or Client(2, 2)
    accounts = {product: Account(product, access, client, MemoryClock()) for product in Product}
    found = {finding.subject: finding for finding in examine(accounts, client, currency, callback)}
    for secret in ("the-user", "the-secret", "the-key"):
        assert secret not in str(found)
    assert all(bool(finding.mend) is not finding.good for finding in found.values())
    return found


def test_all_is_well_where_all_is_well(server: OperatorServer) -> None:
    found = findings(server.url)
    assert list(found) == [
        "collection host",
        "collection credentials",
        "collection environment",
        "disbursement host",
        "disbursement credentials",
        "disbursement environment",
        "float",
        "callback address",
    ]
    assert all(finding.good for finding in found.values())
    assert found["float"].told == "The payout wallet holds 1000.00 ZMW."


def test_it_is_there_for_the_adapter_as_the_settings_build_it(server: OperatorServer) -> None:
    values = {
        f"mtn.{product}.{key}": server.url if key == "base_url" else "mtnzambia"
        for product in ("collections", "disbursements")
        for key in ("primary_key", "user_id", "api_key", "base_url", "target_env")
    }
    mtn = from_settings(Settings(values, {}), MemoryClock())
    assert isinstance(mtn, Examinable)
    assert all(finding.good for finding in mtn.examine())


@pytest.mark.parametrize(
    ("reply", "mend"),
    [
        (as_json({"message": "Access denied due to invalid subscription key."}, 401), "Check primary_key and sub_key"),
        (as_json({"error": "login_failed"}, 500), "Check user_id and api_key"),
        (as_json({"error": "invalid_client"}, 401), "Check user_id and api_key"),
        (as_json({"error": "Invalid or missing X-Target-Environment header"}, 400), "Check target_env"),
        (Reply(403, b"<html>"), "Ask MTN to put this server's address on the whitelist"),
        (Reply(503), "Try again later"),
    ],
    ids=["key", "user", "new user", "environment", "whitelist", "down"],
)
def test_a_wrong_key_is_told_from_a_wrong_user(server: OperatorServer, reply: Reply, mend: str) -> None:
    server.on("POST", "/collection/token/", reply)
    found = findings(server.url)
    assert found["collection credentials"].mend.startswith(mend)
    assert found["collection host"].good
    assert not found["collection environment"].good
    assert found["disbursement credentials"].good


class Deaf(Client):
    """A client to whom nobody answers, for hosts that a test cannot be."""

    def call(self, *_: object) -> Silence:
        return Silence("timed out")


@pytest.mark.parametrize("host", NO_API_HOSTS)
def test_a_host_that_is_no_api_is_named(host: str) -> None:
    found = findings(f"https://{host}", client=Deaf(1, 1))
    assert host in found["collection host"].told
    assert "momoapi.momo.africa" in found["collection host"].mend


@pytest.mark.parametrize(
    ("host", "env"), [("sandbox.momodeveloper.mtn.com", "mtnzambia"), ("proxy.momoapi.mtn.com", "sandbox")]
)
def test_an_environment_of_another_host_is_told(host: str, env: str) -> None:
    found = findings(f"https://{host}", env=env, client=Deaf(1, 1))
    assert found["collection environment"].told == f"{env} does not belong to this host."


def test_a_host_that_is_away_is_told(server: OperatorServer) -> None:
    with operator_server() as gone:
        url = gone.url
    found = findings(url)
    assert found["collection host"].told == "127.0.0.1 did not answer: connection refused."
    assert not any(found[subject].good for subject in found if subject != "callback address")


@pytest.mark.parametrize("env", ["production", "zambia", "MTNZAMBIA"])
def test_a_target_environment_that_is_none_is_told(server: OperatorServer, env: str) -> None:
    finding = findings(server.url, env=env)["collection environment"]
    assert not finding.good
    assert "mtnzambia" in finding.mend


@pytest.mark.parametrize(
    ("reply", "mend"),
    [
        (as_json({"code": "NOT_ALLOWED_TARGET_ENVIRONMENT"}, 500), "MTN refuses the environment"),
        (as_json({"code": "NOT_ALLOWED"}, 500), "MTN does not allow our API user"),
        (Reply(403, b"<html>"), "Ask MTN to put"),
        (Reply(500), "Ask MTN."),
    ],
    ids=["environment", "permission", "whitelist", "other"],
)
def test_what_the_balance_says_of_the_environment_is_told(server: OperatorServer, reply: Reply, mend: str) -> None:
    server.on("GET", "/collection/v1_0/account/balance", reply)
    finding = findings(server.url)["collection environment"]
    assert not finding.good
    assert finding.mend.startswith(mend)


def test_a_float_that_is_empty_or_untold_is_told(server: OperatorServer) -> None:
    server.on("GET", "/disbursement/v1_0/account/balance", as_json({"availableBalance": "0", "currency": "ZMW"}))
    assert findings(server.url)["float"].mend == "Top it up."
    assert "mtn.currency" in findings(server.url, currency=EUR)["float"].mend


@pytest.mark.parametrize(
    ("callback", "mend"),
    [
        ("https://192.0.2.7", "Set mtn.callback_base to a host name."),
        ("http://127.0.0.1:6543", "Set mtn.callback_base to a host name."),
        ("http://localhost:6543", "Set mtn.callback_base to a public https address."),
    ],
)
def test_a_callback_address_that_mtn_cannot_use_is_told(callback: str, mend: str) -> None:
    found = findings("https://proxy.momoapi.mtn.com", callback=callback, client=Deaf(2, 2))
    assert found["callback address"].mend == mend


def test_a_stand_in_on_this_machine_can_call_this_machine(server: OperatorServer) -> None:
    assert findings(server.url, callback="http://localhost:6543")["callback address"].good


def test_no_callback_address_is_fine(server: OperatorServer) -> None:
    assert findings(server.url, callback="")["callback address"].good


@pytest.mark.parametrize(
    ("registered", "good"),
    [({"providerCallbackHost": "pay.example"}, True), ({"providerCallbackHost": "other.example"}, False), ({}, False)],
    ids=["same", "another", "untold"],
)
def test_the_sandbox_tells_which_host_is_registered(server: OperatorServer, registered: object, good: bool) -> None:
    server.on("GET", "/v1_0/apiuser/the-user", as_json(registered))
    assert findings(server.url, env="sandbox")["callback address"].good is good
