"""Africa's Talking: what it is sent, and what each of its answers means. A stand-in answers as it is told."""

import logging
from collections.abc import Iterator
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from adapters.operator_server import Asked, OperatorServer, Reply, as_json, operator_server
from factories import msisdn
from flash.adapters.africas_talking import PATH, AfricasTalking, from_settings
from flash.domain.message import Delivery
from flash.settings import BadSettings, Settings

TO = msisdn("0960000123")
ID = UUID("6f9bd0de-4d1b-4f0c-8d8e-6a3d2f1c0b5a")
SETTINGS = {
    "africas_talking.username": "flash",
    "africas_talking.api_key": "the-key",
    "africas_talking.sender": "FLASH",
    "africas_talking.connect_timeout_s": "1",
    "africas_talking.read_timeout_s": "0.2",
}


def told(code: object, **more: object) -> Reply:
    recipient = {"statusCode": code, "number": "+260960000123", "status": "?", "messageId": "ATXid_1", **more}
    return as_json({"SMSMessageData": {"Message": "Sent to 1/1 Total Cost: ZMW 0.30", "Recipients": [recipient]}}, 201)


@pytest.fixture
def gateway() -> Iterator[OperatorServer]:
    with operator_server() as server:
        yield server


def messenger(gateway: OperatorServer, **changed: str) -> AfricasTalking:
    return from_settings(Settings({**SETTINGS, "africas_talking.base_url": gateway.url, **changed}))  # type: ignore[return-value]


def sent(gateway: OperatorServer, reply: Reply) -> Delivery:
    gateway.on("POST", PATH, reply)
    return messenger(gateway).send(ID, TO, "Your code & more: 100%")


def form(asked: Asked) -> dict[str, list[str]]:
    return parse_qs(asked.body.decode(), strict_parsing=True)


def test_a_message_is_sent_as_the_api_wants_it_with_its_id(gateway: OperatorServer) -> None:
    assert sent(gateway, told(101)) is Delivery.ACCEPTED
    (asked,) = gateway.asked
    assert form(asked) == {
        "username": ["flash"],
        "to": ["+260960000123"],
        "message": ["Your code & more: 100%"],
        "from": ["FLASH"],
    }
    assert (asked.headers["apiKey"], asked.headers["Accept"]) == ("the-key", "application/json")
    assert asked.headers["Idempotency-Key"] == str(ID)


def test_without_a_registered_sender_none_is_named(gateway: OperatorServer) -> None:
    gateway.on("POST", PATH, told(101))
    messenger(gateway, **{"africas_talking.sender": ""}).send(ID, TO, "Hello")
    assert "from" not in form(gateway.asked[0])


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        *((code, Delivery.ACCEPTED) for code in (100, 101, " 102 ")),
        *((code, Delivery.REFUSED) for code in (403, 404, 406, 407, 409)),
        *((code, Delivery.UNCLEAR) for code in (401, 402, 405, 500, 501, 502, 999, None, "?")),
    ],
)
def test_a_status_code_means_what_it_says(gateway: OperatorServer, code: object, meaning: Delivery) -> None:
    assert sent(gateway, told(code)) is meaning


@pytest.mark.parametrize(
    "reply",
    [
        as_json({"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}, 201),
        as_json({"SMSMessageData": {"Recipients": ["?"]}}, 201),
        as_json([1], 201),
        Reply(201, b"<html>"),
        Reply(401, b"The supplied authentication is invalid"),
        Reply(302, b"", {"Location": "/elsewhere"}),
        Reply(503),
        Reply(201, b'{"SMS', cut=True),
        Reply(hold=True),
    ],
    ids=str,
)
def test_what_is_neither_yes_nor_no_is_unclear(gateway: OperatorServer, reply: Reply) -> None:
    assert sent(gateway, reply) is Delivery.UNCLEAR


def test_a_gateway_that_is_not_there_is_unclear() -> None:
    with operator_server() as gone:
        pass
    assert messenger(gone).send(ID, TO, "Hello") is Delivery.UNCLEAR


def test_neither_the_text_nor_the_number_nor_the_key_is_in_the_log(
    gateway: OperatorServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    quoting = as_json({"SMSMessageData": {"Message": "Cannot send Your code to 0960000123", "Recipients": []}}, 201)
    for reply in (quoting, told(406), Reply(500, b"Your code the-key +260960000123")):
        sent(gateway, reply)
    assert caplog.text.count(str(ID)) == 3
    for secret in ("Your code", "60000123", "the-key"):
        assert secret not in caplog.text


def test_what_is_missing_in_the_settings_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as refused:
        from_settings(Settings({"africas_talking.base_url": "http://example.org"}))
    assert {line.split(":")[0] for line in refused.value.problems} == {
        "africas_talking.base_url",
        "africas_talking.username",
        "africas_talking.api_key",
        "africas_talking.connect_timeout_s",
        "africas_talking.read_timeout_s",
    }
