"""Redis by TLS, as hosts give it: with a certificate that the system, a file, or nobody vouches for."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as NotConnected

from certificates import certify
from flash.adapters.redis_client import IN_MEMORY, impatient, shared_or_not, trust
from flash.settings import BadSettings, Settings
from servers import LOOPBACK, Server


@contextlib.contextmanager
def by_tls(port: int, certificate: Path, key: Path) -> Iterator[str]:
    """Let the server at this port be reached by TLS, once at a time, and return where."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while some := source.recv(65536):
                sink.sendall(some)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with (
                contextlib.suppress(OSError),
                plain,
                context.wrap_socket(plain, server_side=True) as there,
                socket.create_connection((LOOPBACK, port)) as here,
            ):
                back = threading.Thread(target=pump, args=(here, there))
                back.start()
                pump(there, here)
                back.join()

    with socket.create_server((LOOPBACK, 0)) as listener:
        server = threading.Thread(target=serve)
        server.start()
        yield f"rediss://{LOOPBACK}:{listener.getsockname()[1]}/0"
        listener.shutdown(socket.SHUT_RDWR)
        server.join(5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certify(tmp_path_factory.mktemp("certificate"))


@pytest.mark.parametrize(("vouched", "known"), [("system", False), ("nobody", True), ("file", True)])
def test_a_certificate_is_believed_as_far_as_somebody_vouches_for_it(
    redis_server: Server, certificate: tuple[Path, Path], vouched: str, known: bool
) -> None:
    word = str(certificate[0]) if vouched == "file" else vouched
    port = int(redis_server.url.rpartition(":")[2].partition("/")[0])
    with Settings({"redis.trust": word}).reading() as read:
        connect = impatient(trust(read))
    with by_tls(port, *certificate) as url, connect(url) as client:
        if known:
            assert client.ping()
        else:
            with pytest.raises(NotConnected, match="certificate"):
                client.ping()


def test_a_plain_redis_needs_no_trust(redis_server: Server) -> None:
    with Settings({"redis.trust": "nobody"}).reading() as read:
        store = shared_or_not(trust(read))
    assert store(IN_MEMORY) is None
    with store(redis_server.url) or pytest.fail("there is one") as client:
        assert client.ping()


def test_a_file_of_certificates_that_is_not_there_stops_the_start() -> None:
    refused = pytest.raises(BadSettings, match=r"redis\.trust: is not system, nobody, or the path of a file")
    with refused, Settings({"redis.trust": "/nowhere/ca.pem"}).reading() as read:
        trust(read)
