"""Several servers behind one address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from urllib.parse import urlsplit

from tests.targets import PATIENCE, serve_connections


@contextmanager
def balanced(urls: Sequence[str]) -> Iterator[str]:
    """The URL that leads each connection to the next of these servers in turn, for the block."""
    turns = cycle([(parts.hostname, parts.port) for parts in map(urlsplit, urls)])

    def lead(client: socket.socket) -> None:
        with socket.create_connection(next(turns), PATIENCE) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.settimeout(PATIENCE)
            answering = threading.Thread(target=_pipe, args=(server, client), daemon=True)
            answering.start()
            _pipe(client, server)
            answering.join()

    with serve_connections(lead) as url:
        yield url


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    """Send on what comes until nothing more does."""
    with suppress(OSError):
        while data := source.recv(65_536):
            # A server that refuses a long body may not read the rest of it; its answer still has to arrive.
            with suppress(OSError):
                sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
