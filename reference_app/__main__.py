"""Serve the reference application: `python -m reference_app --port PORT [--host HOST]`."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sys
from types import FrameType

import waitress

from reference_app import create_app


def main() -> int:
    """Serve until SIGINT or SIGTERM; print one line as soon as connections are accepted."""
    parser = argparse.ArgumentParser(prog="python -m reference_app", description="Serve the reference application.")
    parser.add_argument("--port", type=int, required=True, help="TCP port; 0 takes any free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    options = parser.parse_args()
    try:
        listener = _listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        print(f"Cannot listen on {options.host} port {options.port}: {error}.", file=sys.stderr)
        return 2
    _serve(listener)
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def _serve(listener: socket.socket) -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = waitress.create_server(create_app(), sockets=[listener], threads=16, connection_limit=1000, ident=None)
    signal.signal(signal.SIGTERM, _exit)
    host, port = listener.getsockname()[:2]
    print(f"Listening on http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    server.run()


def _exit(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
