"""The reference in the arrangements in which servers are found: behind proxies, far away, full, and not alone.

Run by ``tox -e arrangements``; the whole suite takes its time there.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from reference_app import create_app
from tests.certificates import make_certificates
from tests.nginx import Proxy
from tests.targets import Judged, Late, run_suite, serve, serve_process

pytestmark = pytest.mark.arrangements

OLD_TASKS = 10_000
ROUNDS = 3


def assert_conforming(judged: Judged) -> None:
    """Every requirement is met."""
    assert judged.unmet == {}, judged.stdout
    assert judged.exit_code == 0


def test_behind_a_proxy_below_a_base_path() -> None:
    with _with_prefix("/api/v1") as backend, Proxy(base_path="/api/v1").before(backend) as url:
        assert_conforming(run_suite(url))


def test_behind_a_proxy_that_speaks_tls_and_wants_a_token(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    proxy = Proxy(token="a-token-for-tests", certificates=tmp_path)
    arguments = ("--header=Authorization: Bearer $TOKEN", f"--ca-file={tmp_path / 'ca.pem'}")

    with serve_process("-m", "reference_app", "--port", "0") as backend, proxy.before(backend) as url:
        judged = run_suite(url, *arguments, environment={"TOKEN": "a-token-for-tests"})

    assert_conforming(judged)
    assert "a-token-for-tests" not in judged.stdout + json.dumps(judged.report)


def test_proxy_whose_links_lead_outside_is_found_out() -> None:
    # The server behind does not know of the base path.
    with (
        serve_process("-m", "reference_app", "--port", "0") as backend,
        Proxy(base_path="/api/v1").before(f"{backend}/") as url,
    ):
        judged = run_suite(url, "--only=list,create.location")

    assert judged.statuses["list.next"] == "fail"
    assert judged.statuses["create.location"] == "fail"
    assert judged.statuses["list.limit"] == "blocked"
    assert judged.statuses["list.filter"] == "pass"


def test_ipv6_only() -> None:
    if not _has_ipv6():
        pytest.skip("There is no IPv6 here.")
    with serve_process("-m", "reference_app", "--port", "0", "--host", "::1") as url:
        assert_conforming(run_suite(url))


def test_late_answers() -> None:
    with serve(Late(create_app(), 0.3), threads=40) as url:
        judged = run_suite(url, "--max-time=1500", seconds=1600)

    assert_conforming(judged)


def test_other_clients_at_work() -> None:
    with serve_process("-m", "reference_app", "--port", "0") as url, _busy(url):
        assert_conforming(run_suite(url, "--max-time=300", seconds=320))


def test_ten_thousand_old_tasks_take_hardly_longer() -> None:
    command = ("-m", "reference_app", "--port", "0")
    with serve_process(*command) as empty, serve_process(*command) as full:
        for number in range(OLD_TASKS):
            _post(full, {"title": f"old task {number}", "done": number % 3 == 0})
        pairs = [(_seconds(run_suite(full)), _seconds(run_suite(empty))) for _ in range(ROUNDS)]

    assert median(seconds / usual for seconds, usual in pairs) <= 1.2, pairs


def _seconds(judged: Judged) -> float:
    assert_conforming(judged)
    assert judged.report is not None
    return float(judged.report["seconds"])


@contextmanager
def _with_prefix(prefix: str) -> Iterator[str]:
    """The reference, as waitress serves it below a path; the URL without the path."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{port}", f"--url-prefix={prefix}"]
    with subprocess.Popen([*command, "--threads=16", "--call", "reference_app:create_app"]) as process:
        try:
            _await_answer(f"http://127.0.0.1:{port}{prefix}/tasks")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@contextmanager
def _busy(url: str) -> Iterator[None]:
    """Other clients create and delete tasks all the time, as long as the block lasts."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            task = _post(url, {"title": "somebody else's", "done": True})
            _send(f"{url}/tasks/{task['id']}", "DELETE")

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        ended.set()
        for worker in workers:
            worker.join()


def _post(url: str, body: dict[str, object]) -> dict[str, int]:
    answer: dict[str, int] = json.loads(_send(f"{url}/tasks", "POST", json.dumps(body).encode()))
    return answer


def _send(url: str, method: str, body: bytes | None = None) -> bytes:
    request = Request(url, body, {"Content-Type": "application/json"}, method=method)
    with build_opener(ProxyHandler({})).open(request, timeout=30) as response:
        content: bytes = response.read()
    return content


def _await_answer(url: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            _send(url, "GET")
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
