"""The simulator as a server: what only a real connection shows."""

import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
import requests

from flash.simulator import presets
from flash.simulator.callbacks import deliver_over_http
from flash.simulator.names import Operator
from flash.simulator.server import running, serve
from flash.simulator.simulator import Knobs

HELD_S = 5
WAIT_S = 0.5


@pytest.fixture(scope="module")
def server():
    with running(knobs=Knobs(hold_s=HELD_S, approval_s=0.05)) as server:
        yield server


@pytest.fixture
def client(server):
    """Ask the server, as a client that waits for no longer than half a second."""
    keys = requests.get(f"{server.url}/control/credentials", timeout=5).json()
    subscription = {"Ocp-Apim-Subscription-Key": keys["MTN_COLLECTIONS_PRIMARY_KEY"]}
    basic = keys["MTN_USER_ID"], keys["MTN_API_KEY"]
    token = requests.post(f"{server.url}/collection/token/", auth=basic, headers=subscription, timeout=5).json()
    headers = subscription | {"Authorization": f"Bearer {token['access_token']}", "X-Target-Environment": "mtnzambia"}
    body = {
        "amount": "25.00",
        "currency": "ZMW",
        "externalId": "1",
        "payer": {"partyIdType": "MSISDN", "partyId": "260960000001"},
    }
    path = f"{server.url}/collection/v1_0/requesttopay"

    def ask(reference=None, wait_s=WAIT_S, **more):
        if reference:
            return requests.get(f"{path}/{reference}", headers=headers, timeout=wait_s)
        return requests.post(path, json=body, headers=headers | more, timeout=wait_s)

    return ask


def wait_for(what):
    """Wait until it is true; the test ends by its own limit if it never is."""
    for _ in range(500):
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError("it never came true")


def test_an_order_ends_by_itself(client):
    reference = str(uuid4())
    assert client(**{"X-Reference-Id": reference}).status_code == 202
    wait_for(lambda: client(reference).json()["status"] == "SUCCESSFUL")


@pytest.mark.parametrize(
    ("scenario", "error", "exists"),
    [
        ("cut", requests.exceptions.ChunkedEncodingError, True),
        ("accept then time out", requests.exceptions.ReadTimeout, True),
        ("time out", requests.exceptions.ReadTimeout, False),
    ],
)
def test_a_client_gets_no_whole_answer(client, scenario, error, exists):
    reference = str(uuid4())
    with pytest.raises(error):
        client(**{"X-Reference-Id": reference, "X-Simulator-Scenario": scenario})
    assert client(reference).status_code == (200 if exists else 404)


def test_answers_are_held_until_they_are_released(server, client):
    requests.post(f"{server.url}/control/hold", json={"held": True}, timeout=5)
    reference = str(uuid4())
    with pytest.raises(requests.exceptions.ReadTimeout):
        client(**{"X-Reference-Id": reference})
    requests.post(f"{server.url}/control/hold", json={"held": False}, timeout=5)
    assert client(reference).status_code == 200


def test_a_hundred_and_fifty_held_answers_leave_room_to_release_them(server, client):
    requests.post(f"{server.url}/control/hold", json={"held": True}, timeout=5)
    references = [str(uuid4()) for _ in range(150)]
    with ThreadPoolExecutor(150) as pool:
        held = [pool.submit(client, wait_s=HELD_S, **{"X-Reference-Id": reference}) for reference in references]
        wait_for(lambda: all(server.simulator.bank.find(Operator.MTN, "legacy", each) for each in references))
        assert not any(answer.done() for answer in held)
        requests.post(f"{server.url}/control/hold", json={"held": False}, timeout=5)
        assert {answer.result().status_code for answer in held} == {202}


def test_a_token_request_without_a_length_is_refused(server):
    user, key = presets.MTN_USER
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    connection.putrequest("POST", "/collection/token/")
    connection.putheader("Authorization", "Basic " + b64encode(f"{user}:{key}".encode()).decode())
    connection.putheader("Ocp-Apim-Subscription-Key", presets.MTN_SUBSCRIPTION_KEYS["collection"][0])
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


class Ear(BaseHTTPRequestHandler):
    def do_PUT(self):
        self.server.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def ear():
    """Somebody who wants to be called back."""
    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        server.heard = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_callback_is_really_sent(client, ear):
    url = f"http://localhost:{ear.server_port}/a/secret"
    client(**{"X-Reference-Id": str(uuid4()), "X-Callback-Url": url})
    ((path, body),) = wait_for(lambda: list(ear.heard))
    assert path == "/a/secret"
    assert b'"SUCCESSFUL"' in body


def test_a_callback_goes_to_this_machine_or_over_tls_only(ear):
    url = f"localhost:{ear.server_port}/x"
    assert deliver_over_http("PUT", f"http://{url}", b"{}", {})
    assert not deliver_over_http("POST", f"http://{url}", b"{}", {})
    assert not deliver_over_http("PUT", f"https://{url}", b"{}", {})
    assert not deliver_over_http("PUT", "http://flash.example.com/x", b"{}", {})


def test_serve_listens_until_it_is_stopped():
    started = threading.Event()
    servers = []

    def ready(server):
        servers.append(server)
        started.set()

    thread = threading.Thread(target=serve, args=("127.0.0.1", 0), kwargs={"ready": ready})
    thread.start()
    assert started.wait(5)
    assert requests.get(f"{servers[0].url}/control/clock", timeout=5).ok
    servers[0].stop()
    thread.join(5)
    assert not thread.is_alive()
