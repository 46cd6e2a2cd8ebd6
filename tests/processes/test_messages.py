"""Messages and processes that die: what is committed is sent, and once as far as the other side can tell."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
import requests
from sqlalchemy import update

from adapters.operator_server import Asked, OperatorServer, Reply, as_json, operator_server
from factories import World
from flash.adapters.africas_talking import PATH
from flash.adapters.sql.people_tables import messages
from flash.domain.message import Kind, one_time_code
from processes.profile import Profile, until
from servers import Server, free_port

TAKEN = as_json({"SMSMessageData": {"Message": "Sent", "Recipients": [{"statusCode": 101}]}}, 201)


@pytest.fixture
def gateway() -> Iterator[OperatorServer]:
    """A stand-in for Africa's Talking that takes everything."""
    with operator_server() as server:
        server.on("POST", PATH, TAKEN)
        yield server


@pytest.fixture
def service(
    rehearsal: Callable[..., tuple[Profile, World]], redis_server: Server, gateway: OperatorServer
) -> tuple[Profile, World]:
    return rehearsal(
        redis_server.url,
        **{
            "flash.messenger": "flash.adapters.africas_talking",
            "africas_talking.base_url": gateway.url,
            "africas_talking.username": "flash",
            "africas_talking.api_key": "the-key",
        },
    )


def text_of(asked: Asked) -> str:
    return parse_qs(asked.body.decode())["message"][0]


def test_a_message_is_sent_after_the_process_that_wrote_it_was_killed(
    service: tuple[Profile, World], gateway: OperatorServer
) -> None:
    profile, _ = service
    url = profile.serve(free_port())
    answer = requests.post(f"{url}/auth/send-otp/", json={"phone_number": "0960000001"}, timeout=10)
    assert (answer.status_code, "debug_code" in answer.json()) == (200, False)
    profile.processes[-1].kill()
    assert gateway.asked == []
    profile.work()
    until(lambda: gateway.asked)
    profile.stop()
    (asked,) = gateway.asked
    assert re.match(r"\d{6} is your Flash code", text_of(asked))


def test_a_message_handed_over_as_the_process_died_is_sent_again_under_its_id(
    service: tuple[Profile, World], gateway: OperatorServer
) -> None:
    profile, world = service
    gateway.on("POST", PATH, Reply(hold=True), TAKEN)
    url = profile.serve(free_port())
    requests.post(f"{url}/auth/send-otp/", json={"phone_number": "0960000001"}, timeout=10)
    worker = profile.work()
    until(lambda: gateway.asked)
    worker.kill()
    worker.wait()
    with world.database.engine.begin() as connection:  # The lease of the dead is over.
        connection.execute(update(messages).values(due_at=world.clock.now()))
    profile.work()
    until(lambda: len(gateway.asked) == 2)
    profile.stop()
    first, second = gateway.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert text_of(first) == text_of(second)


def test_codes_are_nowhere_in_the_database_and_the_logs(
    service: tuple[Profile, World], gateway: OperatorServer
) -> None:
    profile, world = service
    url = profile.serve(free_port())
    profile.work()
    requests.post(f"{url}/auth/send-otp/", json={"phone_number": "0960000001"}, timeout=10)
    until(lambda: gateway.asked)
    profile.stop()
    code = text_of(gateway.asked[0])[:6]
    with world.database.engine.connect() as connection:
        (row,) = connection.execute(messages.select())
    assert row.kind == Kind.CODE
    assert code not in row.text
    assert code not in profile.logs()
    assert code == one_time_code(profile.environ["SECRET_KEY"].encode(), row.id)
