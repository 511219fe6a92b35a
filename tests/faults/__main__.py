"""Serve a fault, or the healthy server, to try it by hand: ``python -m tests.faults NAME [--port PORT]``."""

from __future__ import annotations

import argparse
import threading

from tests.faults import all_faults
from tests.faults.healthy import Healthy
from tests.faults.serving import served


def main() -> None:
    """Serve until interrupted; prints one line once connections are accepted."""
    servers: dict[str, type[Healthy]] = {"Healthy": Healthy, **{fault.__name__: fault for fault in all_faults()}}
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("name", choices=servers, metavar="NAME", help="the class of a fault, or Healthy")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    options = parser.parse_args()
    with served(servers[options.name](), options.port) as url:
        print(f"Listening on {url}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
