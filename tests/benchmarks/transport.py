"""Requests a second of the transport, beside a bare ``http.client`` loop on the same server: what strictness costs.

``python -m tests.benchmarks.transport``; ``--requests N`` sets how many each round sends. The rounds take turns, so
that both see the same load of the machine.
"""

from __future__ import annotations

import argparse
import http.client
import time
from collections.abc import Callable
from statistics import median
from urllib.parse import urlsplit

from contract.transport import Options, Request
from contract.transport.opening import open_target
from tests.targets import serve_process

ROUNDS = 7
BODY = b'{"title": "a task", "description": "of a benchmark"}'
JSON = "application/json"


def of_the_transport(url: str) -> Callable[[], None]:
    """One GET of a task by the project's transport."""
    client = open_target(url, Options()).connect()
    client.send(Request("POST", "/tasks", (("Content-Type", JSON),), BODY))
    request = Request("GET", "/tasks/1")

    def send() -> None:
        client.send(request)

    return send


def of_http_client(url: str) -> Callable[[], None]:
    """One GET of a task by the standard library."""
    client = http.client.HTTPConnection(urlsplit(url).netloc)

    def send() -> None:
        client.request("GET", "/tasks/1")
        client.getresponse().read()

    return send


def rate(send: Callable[[], None], requests: int) -> float:
    """Requests a second."""
    started = time.perf_counter()
    for _ in range(requests):
        send()
    return requests / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the transport beside http.client.")
    parser.add_argument("--requests", type=int, default=1000, metavar="N", help="in each round (default 1000)")
    requests = parser.parse_args().requests
    with serve_process("-m", "reference_app", "--port", "0") as url:
        senders = (of_the_transport(url), of_http_client(url))
        rounds = [tuple(rate(send, requests) for send in senders) for _ in range(ROUNDS)]
    for ours, bare in rounds:
        print(f"transport {ours:6.0f}/s  http.client {bare:6.0f}/s  ratio {ours / bare:.2f}")
    print(f"median ratio of {ROUNDS} rounds: {median(ours / bare for ours, bare in rounds):.2f}")


if __name__ == "__main__":
    main()
