"""A relay between programs and a server: it can lead elsewhere, or hang up, while its own address stays the same."""

import contextlib
import socket
import threading
from collections.abc import Iterator

BUFFER = 65536


class Relay:
    """Passes on what comes to its address to a port of this machine.

    Attributes:
        port: its own.
        target: that of the server which it leads to; connections that are there stay with theirs.
    """

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self.target = target
        self._listener = socket.create_server((host, 0), backlog=200)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        """End all connections that there are."""
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End altogether."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(here,), daemon=True).start()

    def _serve(self, here: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            here,
            socket.create_connection(("127.0.0.1", self.target)) as there,
            self._known(here, there),
        ):
            back = threading.Thread(target=_pump, args=(there, here), daemon=True)
            back.start()
            _pump(here, there)
            back.join()

    @contextlib.contextmanager
    def _known(self, *ends: socket.socket) -> Iterator[None]:
        self._open.update(ends)
        try:
            yield
        finally:
            self._open.difference_update(ends)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while some := source.recv(BUFFER):
            sink.sendall(some)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
