"""Serve a fault, or the healthy server, to try it by hand: ``python -m tests.faults NAME [--port PORT]``."""

from __future__ import annotations

import argparse
import socket
import sys

from waitress import serve  # type: ignore[import-untyped]

from tests.faults import all_faults
from tests.faults.healthy import Healthy


def main() -> int:
    """Serve until interrupted; prints one line once connections are accepted."""
    servers: dict[str, type[Healthy]] = {"Healthy": Healthy, **{fault.__name__: fault for fault in all_faults()}}
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("name", choices=servers, metavar="NAME", help="the class of a fault, or Healthy")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        print(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        serve(servers[options.name](), sockets=[listener], threads=16, _quiet=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
