"""Serve a fault, or a healthy server: ``python -m tests.faults NAME [--port PORT] [--data FOLDER]``."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from tests.faults import all_faults
from tests.faults.healthy import Healthy
from tests.faults.keeping import Keeping
from tests.faults.serving import served


def main() -> None:
    """Serve until interrupted or asked to end; prints one line once connections are accepted."""
    kinds: tuple[type[Healthy], ...] = (Healthy, Keeping, *all_faults())
    servers = {kind.__name__: kind for kind in kinds}
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("name", choices=servers, metavar="NAME", help="the class of a fault, Healthy or Keeping")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--data", type=Path, help="the folder of what a durable one keeps")
    options = parser.parse_args()
    server = servers[options.name]()
    if isinstance(server, Keeping):
        server.open(options.data)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
    with served(server, options.port) as url:
        print(f"Listening on {url}", flush=True)
        ended.wait()
        if isinstance(server, Keeping):
            server.close()


if __name__ == "__main__":
    main()
