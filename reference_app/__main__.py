"""Serve the reference application: `python -m reference_app --port PORT [--host HOST] [--store URL]`.

The server in front is waitress. Measured beside granian, which answered up to 1.9 times as many requests
a second, only waitress reads each request in full before a thread takes it up: 64 stalled clients held up
nobody, and a client that sent 20 MB before it read saw its 413.
"""

from __future__ import annotations

import argparse
import logging
import re
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType

from waitress import create_server  # type: ignore[import-untyped]

from reference_app import create_app
from reference_app.store import MemoryStore, Store, UnusableStore

THREADS = 16
CONNECTIONS = 500  # select() takes 512 on Windows
LONG_ANSWER = 2**20  # bytes from which on a thread begins to send what is not whole yet
SPOOLED_BODY = 64 * 2**20  # bytes that waitress reads (to disk) of a body, for the application to refuse


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Return the exit code: 0, or 2 if the address or the store cannot be had."""
    options = _parse_options(arguments)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        store = _open_store(options.store)
        listener = socket.create_server((options.host, options.port), family=family)
    except (OSError, UnicodeError) as error:  # a host name may be beyond IDNA
        print(f"Cannot listen on {options.host} port {options.port}: {error}.", file=sys.stderr)
        return 2
    except UnusableStore as error:
        print(f"Cannot use the store {_without_password(options.store)!r}: {error}", file=sys.stderr)
        return 2
    with listener:
        _serve(listener, store)
    return 0


def _parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m reference_app", description="Serve the task API.")
    parser.add_argument("--port", type=_port, required=True, help="TCP port; 0 takes any free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--store", metavar="URL", help="database that keeps the tasks (default: memory keeps them)")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; a port is an integer from 0 to 65535.")
    return int(text)


def _open_store(url: str | None) -> Store:
    if url is None:
        return MemoryStore()
    try:
        from reference_app.sql_store import SqlStore  # what it needs is an extra
    except ImportError as error:
        raise UnusableStore(f"{error}; task-contract[sql] has it.") from error
    return SqlStore(url)


def _without_password(url: str) -> str:
    return re.sub("//.*@", "//***@", url.partition("?")[0])


def _serve(listener: socket.socket, store: Store) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of each request that has to wait
    server = create_server(
        create_app(store),
        sockets=[listener],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        max_request_body_size=SPOOLED_BODY,
        ident=None,
    )
    # With two clients its loop asks for the lock of an answer that a thread is sending, over and over: 2.2 ms of CPU
    # for a request that costs 0.5. What is not sent by the thread, the loop sends at the end of the request.
    server.adj.send_bytes = LONG_ANSWER
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)
    host, port = listener.getsockname()[:2]
    print(f"Listening on http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    server.run()


def _exit(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
