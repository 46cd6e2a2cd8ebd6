"""Events leave over HTTPS to public addresses only, and nobody can lead them elsewhere or hold them for ever."""

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flash.adapters.https_courier import HttpsCourier, from_settings, is_public
from flash.domain.webhook import Sent
from flash.settings import BadSettings, Settings

HOST = "hooks.example"
BODY = b'{"id":"1"}'

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Endpoint:
    """A partner's system behind TLS, on loopback."""

    def __init__(self, port: int, ca_file: str) -> None:
        self.port = port
        self.ca_file = ca_file
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Answer = lambda handler: plain(handler, 204)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/hook?x=1"

    def courier(self, **more) -> HttpsCourier:
        known = {"allowed": frozenset({(HOST, self.port)}), "resolve": lambda *_: ["127.0.0.1"], **more}
        return HttpsCourier(ca_file=self.ca_file, **known)

    def bring(self, **more) -> Sent:
        return self.courier(**more).bring(self.url, {"Content-Type": "application/json"}, BODY)


def plain(handler: http.server.BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    handler.send_response(status)
    for name, text in headers.items():
        handler.send_header(name, text)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def a_certificate(folder: Path, name: str = HOST) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    paths[1].write_bytes(plain_key)
    return str(paths[0]), str(paths[1])


@contextmanager
def serving(folder: Path, name: str = HOST) -> Iterator[Endpoint]:
    certificate, key = a_certificate(folder, name)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.heard.append((self.path, dict(self.headers), body))
            endpoint.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever calls may hang up."""

    server = Server(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    endpoint = Endpoint(server.server_address[1], certificate)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield endpoint
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    with serving(tmp_path) as endpoint:
        yield endpoint


def test_an_event_arrives_as_it_is_under_the_name_of_the_host(endpoint: Endpoint) -> None:
    sent = endpoint.bring()
    ((path, headers, body),) = endpoint.heard
    assert (sent.status, sent.good, path, body) == (204, True, "/hook?x=1", BODY)
    assert (headers["Host"], headers["Content-Type"]) == (f"{HOST}:{endpoint.port}", "application/json")
    assert headers["User-Agent"].startswith("flash-payments/")


@pytest.mark.parametrize("status", [200, 299, 301, 302, 307, 400, 410, 500, 503])
def test_every_answer_is_told_and_no_redirect_is_followed(endpoint: Endpoint, status: int) -> None:
    endpoint.answer = lambda handler: plain(handler, status, Location=f"https://{HOST}:{endpoint.port}/elsewhere")
    sent = endpoint.bring()
    assert (sent.status, sent.good) == (status, status < 300)
    assert [path for path, _, _ in endpoint.heard] == ["/hook?x=1"]


def test_an_address_that_is_not_public_is_not_called(endpoint: Endpoint) -> None:
    sent = endpoint.bring(allowed=frozenset())
    assert (sent.status, sent.word, endpoint.heard) == (None, "the address is not public", [])


def test_one_private_address_among_public_ones_is_enough_to_call_none(endpoint: Endpoint) -> None:
    sent = endpoint.bring(allowed=frozenset(), resolve=lambda *_: ["1.1.1.1", "127.0.0.1"])
    assert (sent.word, endpoint.heard) == ("the address is not public", [])


def test_a_name_that_changes_its_mind_after_it_was_looked_at_leads_nowhere(endpoint: Endpoint) -> None:
    """The first address is the one that is called: nobody asks a second time."""
    answers = [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"]]
    assert endpoint.bring(resolve=lambda *_: answers.pop(0)).good
    assert len(answers) == 2


def test_a_certificate_of_another_name_is_not_believed(tmp_path: Path) -> None:
    with serving(tmp_path, "other.example") as endpoint:
        sent = endpoint.bring()
    assert (sent.status, sent.word, endpoint.heard) == (None, "no secure connection", [])


def test_a_certificate_of_nobody_we_trust_is_not_believed(endpoint: Endpoint) -> None:
    known = {"allowed": frozenset({(HOST, endpoint.port)}), "resolve": lambda *_: ["127.0.0.1"]}
    sent = HttpsCourier(**known).bring(endpoint.url, {}, BODY)
    assert (sent.status, sent.word) == (None, "no secure connection")


@pytest.mark.parametrize("what", ["nothing", "head", "handshake"])
def test_one_that_answers_drop_by_drop_or_never_is_cut_off(endpoint: Endpoint, what: str) -> None:
    over = threading.Event()

    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        while not over.wait(0.02):
            handler.wfile.write(b"H" if what == "head" else b"")
            handler.wfile.flush()

    endpoint.answer = drip
    began = time.monotonic()
    if what == "handshake":
        with socket.create_server(("127.0.0.1", 0)) as silent:
            endpoint.port = silent.getsockname()[1]
            sent = endpoint.bring(total_s=0.3)
    else:
        sent = endpoint.bring(total_s=0.3)
    over.set()
    assert (sent.status, sent.word) == (None, "timed out")
    assert time.monotonic() - began < 5


def test_nobody_there_is_a_word_and_no_exception(endpoint: Endpoint) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoint.port = closed.getsockname()[1]
    assert endpoint.bring().word == "connection refused"
    assert endpoint.bring(resolve=lambda *_: []).word == "host not found"

    def unknown(*_: object) -> list[str]:
        raise socket.gaierror

    assert endpoint.bring(resolve=unknown).word == "host not found"
    assert endpoint.courier().bring("http://hooks.example/", {}, BODY).word == "no address that may be called"


def test_what_is_no_http_is_a_word_and_no_exception(endpoint: Endpoint) -> None:
    endpoint.answer = lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n")
    assert endpoint.bring().word == "connection cut"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "2001:0:7f00:1::",
        "2002:808:808::1",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "fec0::1",
        "3fff::1",
        "192.0.0.8",
        "168.63.129.16",
        "192.88.99.1",
        "1.1.1.1%eth0",
        "hooks.example",
        "",
    ],
)
def test_what_is_not_of_the_open_internet_is_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "196.46.20.1", "2606:4700::1111", "2c0f:f248::1"])
def test_what_is_of_the_open_internet_is_told(address: str) -> None:
    assert is_public(address)


def test_the_allowed_hosts_are_read_from_the_settings() -> None:
    courier = from_settings(Settings({"webhooks.allow": "hooks.example:8443 [::1]:9000", "webhooks.ca_file": ""}))
    assert courier._allowed == {("hooks.example", 8443), ("[::1]", 9000)}
    with pytest.raises(BadSettings):
        from_settings(Settings({"webhooks.allow": "8443"}))
