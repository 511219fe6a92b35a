"""The command in a rough world: targets that misbehave, wrong usage, interruptions, foreign folders."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from contract.requirement import catalogue
from contract.session import CLEAN_UP_TIME
from contract.transport.wsgi import Application
from reference_app import create_app
from tests.certificates import make_certificates
from tests.null_servers import always
from tests.targets import (
    COMMANDS,
    PATIENCE,
    Judged,
    Late,
    Wire,
    dead_port,
    run_suite,
    serve,
    serve_connections,
    serve_process,
    starting_suite,
    swallow,
)
from tests.test_tutorial import OLD_TASKS, fresh_instance

SECRET = "s3cr3t-7f1d"
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a signal")


def assert_one_sentence(judged: Judged) -> None:
    """The run says in one sentence why it ended early: at the end of the output, and in the report."""
    assert judged.report is not None
    reason = judged.report["reason"]
    assert re.fullmatch(r"[^\n]{10,300}\.", reason)
    assert judged.stdout.splitlines().count(reason) == 1
    assert judged.stderr == ""
    assert list(judged.statuses) == [entry.id for entry in catalogue()]


def test_dead_port() -> None:
    judged = run_suite(f"http://127.0.0.1:{dead_port()}")

    assert (judged.exit_code, set(judged.statuses.values())) == (3, {"inconclusive"})
    assert_one_sentence(judged)
    assert judged.stdout.count("never answered") == 1


def test_target_that_hangs_after_its_first_answer() -> None:
    first = threading.Lock()

    def answer_once(connection: Any) -> None:
        if first.acquire(blocking=False):
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
        swallow(connection)

    with serve_connections(answer_once) as url:
        judged = run_suite(url, "--timeout=0.5")

    assert (judged.exit_code, set(judged.statuses.values())) == (4, {"inconclusive"})
    assert_one_sentence(judged)


def test_target_that_is_late_each_time() -> None:
    started = time.monotonic()
    with serve(Late(create_app(), 3)) as url:
        judged = run_suite(url, "--max-time=8")
        seconds = time.monotonic() - started

    assert (judged.exit_code, judged.report["verdict"] if judged.report else None) == (4, "incomplete")
    assert seconds < 8 + CLEAN_UP_TIME + 5
    assert_one_sentence(judged)
    assert "8 seconds" in judged.stdout


@pytest.mark.parametrize(
    ("application", "exit_code"), [("reference_app:create_app()", 4), ("tests.tutorial.app:app", 1)]
)
def test_target_that_dies_midway(application: str, exit_code: int) -> None:
    with serve_process("-m", "tests.targets", application, "400") as url:
        judged = run_suite(url)

    assert judged.exit_code == exit_code
    assert "pass" in judged.statuses.values()
    assert "inconclusive" in judged.statuses.values()
    assert_one_sentence(judged)
    assert "stopped answering" in judged.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--only", "no.such-id"],
        ["--skip", "no.such-id"],
        ["--only", "create.once", "--skip", "create"],
        ["--timeout", "soon"],
        ["--timeout", "0"],
        ["--max-time", "-1"],
        ["--header", "no header"],
        ["--header", "Authorization: $NO_SUCH_VARIABLE"],
        ["--ca-file", "no-such-file.pem"],
        ["--ca-file", __file__],
        ["one", "two"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    reports = [tmp_path / name for name in ("json", "junit", "markdown", "html", "badge")]
    for report in reports:
        report.write_text('{"verdict": "conforming", "exit_code": 0}')

    named = [f"--report-{report.name}={report}" for report in reports]
    finished = _run_in(tmp_path, f"https://127.0.0.1:{dead_port()}", *named, *arguments)

    assert_usage_error(finished)
    assert not any(report.exists() and report.read_text() for report in reports)


@pytest.mark.parametrize(
    "target", ["127.0.0.1:80", "ftp://127.0.0.1", "http://127.0.0.1:x", "http://a/?b", "wsgi:none:app", "wsgi:x"]
)
def test_wrong_target(target: str, tmp_path: Path) -> None:
    assert_usage_error(_run_in(tmp_path, target))


@pytest.mark.parametrize("place", [".", "no/such/folder/report.json"])
def test_report_that_cannot_be_written(place: str, tmp_path: Path, reference: str) -> None:
    finished = _run_in(tmp_path, reference, "--only=create.once", f"--report-json={tmp_path / place}")

    assert_usage_error(finished)
    assert list(tmp_path.iterdir()) == []


def test_run_that_finds_something_leaves_the_folder_alone(tmp_path: Path) -> None:
    application = create_app()

    def without_options(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Refuse what schemathesis would keep for its next run."""
        if environ["REQUEST_METHOD"] != "OPTIONS":
            return application(environ, start_response)
        start_response("405 Method Not Allowed", [("Content-Length", "0"), ("Allow", "GET")])
        return []

    with serve(without_options, threads=16) as url:
        judged = run_suite(url, "--only=openapi", folder=tmp_path)

    assert judged.statuses["openapi.status"] == "fail"
    assert list(tmp_path.iterdir()) == []


def assert_usage_error(finished: subprocess.CompletedProcess[str]) -> None:
    """Exit code 2 and one sentence on stderr, after the usage at most."""
    assert (finished.returncode, finished.stdout) == (2, "")
    paragraphs = re.sub(r"^usage: .*\n( .*\n)*", "", finished.stderr).strip().split("\n")
    assert len(paragraphs) == 1
    assert re.fullmatch(r".{10,300}\.", paragraphs[0])
    assert "Traceback" not in finished.stderr


def _run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMANDS / "task-contract", "run", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@needs_signals
def test_interrupted_run(client: requests.Session) -> None:
    with serve(Late(create_app(), 0.02)) as url:
        with starting_suite(url) as running:
            status, id, *_ = running.first_line().split()
            running.process.send_signal(signal.SIGINT)
            judged = running.finish()
        left = client.get(f"{url}/tasks", timeout=PATIENCE).json()

    assert (judged.exit_code, judged.report["verdict"] if judged.report else None) == (4, "incomplete")
    assert judged.statuses[id] == status == "pass"
    assert_one_sentence(judged)
    assert left == []


class Pausing:
    """An application that answers the n-th request of a method only some time after it was carried out."""

    def __init__(self, application: Application, method: str, number: int) -> None:
        self._application = application
        self._method = method
        self._left = number
        self.reached = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = list(self._application(environ, start_response))
        self._left -= environ["REQUEST_METHOD"] == self._method
        if self._left == 0 and not self.reached.is_set():
            self.reached.set()
            time.sleep(1)
        return body


@needs_signals
@pytest.mark.parametrize(
    ("only", "method", "number"), [("create", "POST", 20), ("openapi", "POST", 50), ("openapi", "GET", 50)]
)
def test_interrupted_while_an_answer_is_awaited(client: requests.Session, only: str, method: str, number: int) -> None:
    application = Pausing(create_app(), method, number)
    with serve(application) as url:
        with starting_suite(url, f"--only={only}") as running:
            assert application.reached.wait(PATIENCE)
            running.process.send_signal(signal.SIGINT)
            judged = running.finish()
        left = client.get(f"{url}/tasks", timeout=PATIENCE).json()

    assert judged.exit_code == 4
    assert "inconclusive" in judged.statuses.values()
    assert_one_sentence(judged)
    assert left == []


def test_output_that_nobody_reads_to_its_end(reference: str) -> None:
    with starting_suite(reference, "--only=create") as running:
        running.first_line()
        assert running.process.stdout
        running.process.stdout.close()
        running.process.stdout = None
        judged = running.finish()

    assert (judged.exit_code, judged.stderr) == (0, "")
    assert judged.report is not None
    assert judged.report["verdict"] == "conforming"


class Neighbour(threading.Thread):
    """Another client of the same target: it creates, updates and deletes tasks of its own until it is told to end."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = f"{url}/tasks"
        self._end = threading.Event()
        self.alive: dict[int, dict[str, Any]] = {}
        self.surprises: list[str] = []

    def run(self) -> None:
        with requests.Session() as client:
            client.trust_env = False
            ask = partial(client.request, timeout=PATIENCE)
            while not self._end.wait(0.02):
                created = ask("POST", self._url, json={"title": "a neighbour's"}).json()
                self.alive[created["id"]] = ask("PUT", f"{self._url}/{created['id']}", json={"title": "changed"}).json()
                if len(self.alive) > 5:
                    id = next(iter(self.alive))
                    task = self.alive.pop(id)
                    self._expect(task, ask("GET", f"{self._url}/{id}"))
                    self._expect({"message": "Task deleted"}, ask("DELETE", f"{self._url}/{id}"))

    def _expect(self, expected: object, response: requests.Response) -> None:
        if response.json() != expected:
            self.surprises.append(response.text)

    def finish(self) -> None:
        """End, and wait for the end."""
        self._end.set()
        self.join()


def test_foreign_tasks_stay_and_nothing_is_left(client: requests.Session) -> None:
    with serve_process("-m", "reference_app", "--port", "0") as url:
        old = [client.post(f"{url}/tasks", json=body, timeout=PATIENCE).json() for body in OLD_TASKS]
        neighbour = Neighbour(url)
        neighbour.start()
        try:
            judged = run_suite(url)
        finally:
            neighbour.finish()
        left = client.get(f"{url}/tasks", timeout=PATIENCE).json()

    assert judged.exit_code == 0, judged.stdout
    assert neighbour.surprises == []
    assert left == [*old, *neighbour.alive.values()]
    assert judged.report is not None
    assert judged.report["leftovers"] == []


class Guarded:
    """An application behind a check of a header; what it refuses, it refuses with what was sent."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = environ.get("HTTP_AUTHORIZATION", "none")
        if sent == f"Bearer {SECRET}":
            return self._application(environ, start_response)
        start_response("401 Unauthorized", [("Content-Type", "application/json")])
        return [json.dumps({"error": f"{sent} is wrong."}).encode()]


def _run_with_secret(application: Application, *options: str) -> Judged:
    with serve(application) as url:
        return run_suite(url, "--header=Authorization: Bearer $TOKEN", *options, environment={"TOKEN": SECRET})


def test_header_is_expanded_for_the_target_only() -> None:
    judged = _run_with_secret(Guarded(create_app()), "--only=create")

    assert judged.exit_code == 0
    assert SECRET not in judged.stdout + judged.stderr + json.dumps(judged.report)


def test_command_lines_name_the_variable() -> None:
    judged = _run_with_secret(Guarded(fresh_instance()), "--only=create.location,error.shape")

    assert judged.exit_code == 1
    assert SECRET not in judged.stdout + judged.stderr + json.dumps(judged.report)
    for _, violation in judged.violations():
        assert [line for line in violation["curl"] if '-H "Authorization: Bearer $TOKEN"' not in line] == []


def test_secret_that_the_target_repeats_is_not_shown() -> None:
    def repeat(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"id": 1, "title": environ.get("HTTP_AUTHORIZATION")}).encode()]

    judged = _run_with_secret(repeat)

    assert judged.exit_code == 1
    assert SECRET not in judged.stdout + judged.stderr + json.dumps(judged.report)


def test_proxies_of_the_environment_are_ignored(reference: str) -> None:
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    environment = {spelt: "http://127.0.0.1:1" for name in proxies for spelt in (name, name.lower())}

    judged = run_suite(reference, "--only=core", environment={**environment, "NO_PROXY": "", "no_proxy": ""})

    assert judged.exit_code == 0, judged.stdout


def test_base_path(client: requests.Session) -> None:
    with serve(DispatcherMiddleware(NotFound(), {"/api/v1": create_app()})) as url:
        created = client.post(f"{url}/api/v1/tasks", json={"title": "a"}, timeout=PATIENCE)
        client.post(f"{url}/api/v1/tasks", json={"title": "b"}, timeout=PATIENCE)
        page = client.get(f"{url}/api/v1/tasks?limit=1", timeout=PATIENCE)
        judged = run_suite(f"{url}/api/v1", "--only=create,list,error.shape")

    assert created.headers["Location"].startswith("/api/v1/tasks/")
    assert "</api/v1/tasks?" in page.headers["Link"]
    assert judged.exit_code == 0, judged.stdout


@pytest.mark.parametrize(
    "wire",
    [Wire(close=True), Wire(keep_alive=1), Wire(early_hints=True), Wire(chunk=50)],
    ids=["close", "one-second keep-alive", "early hints", "chunked"],
)
def test_harmless_ways_of_answering(wire: Wire) -> None:
    with serve_connections(partial(wire.speak, create_app())) as url:
        judged = run_suite(url, "--only=core")

    assert judged.exit_code == 0, judged.stdout


def test_application_in_process() -> None:
    judged = run_suite("wsgi:reference_app:create_app()", "--only=core")

    assert judged.exit_code == 0, judged.stdout
    assert judged.report is not None
    assert (judged.report["scope"], judged.report["verdict"]) == ("in-process", "conforming")
    assert "in this process" in judged.stdout.splitlines()[-1]


def test_application_of_the_folder_in_process(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from reference_app import create_app\n\napp = create_app()\n")

    judged = run_suite("wsgi:mine:app", "--only=create", folder=tmp_path)

    assert judged.exit_code == 0, judged.stdout + judged.stderr


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificate of a private authority, ``ca.pem``, and one that it issued, ``server.pem``."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.fixture(scope="module")
def secure(certificates: Path) -> Iterator[str]:
    """The URL of the reference server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    server = make_server("127.0.0.1", 0, create_app(), threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_private_authority(secure: str, certificates: Path) -> None:
    judged = run_suite(secure, "--only=create.location", f"--ca-file={certificates / 'ca.pem'}")

    assert judged.exit_code == 0, judged.stdout


def test_unknown_authority(secure: str) -> None:
    judged = run_suite(secure, "--only=create.location")

    assert judged.exit_code == 3
    assert_one_sentence(judged)
    assert "certificate" in judged.stdout


def test_insecure(secure: str) -> None:
    judged = run_suite(secure, "--only=create.location", "--insecure")

    assert judged.exit_code == 0, judged.stdout


HOSTILE = "raise RuntimeError('a file of the user was imported')\n"


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """The block leaves no file in the folder and takes none away."""
    before = sorted(folder.rglob("*"))
    yield
    assert sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts) == before


def test_first_door_in_a_hostile_folder(tmp_path: Path) -> None:
    for package in ("contract", "reference_app", "hypothesis", "flask"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(HOSTILE)
    (tmp_path / "conftest.py").write_text(HOSTILE)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\npython_files = none.py\n")
    environment = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no.such.plugin"}

    with untouched(tmp_path):
        judged = run_suite("--only=create", environment=environment, folder=tmp_path)

    assert judged.exit_code == 0, judged.stdout + judged.stderr
    assert judged.stderr == ""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with tests and a ``contract`` package of its own, and a strict configuration of pytest."""
    (tmp_path / "contract").mkdir()
    (tmp_path / "contract" / "__init__.py").write_text("LAWS = ()\n")
    (tmp_path / "conftest.py").write_text(
        "def pytest_configure(config):\n    config.addinivalue_line('markers', 'slow')\n"
    )
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers --strict-config -ra\nfilterwarnings = error\n"
    )
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert True\n")
    return tmp_path


def _second_door(
    repository: Path, target: str, *options: str, **environment: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, int]]:
    """What pytest printed, and how many tests there were, and failures, errors and skips among them."""
    results = repository.with_name(f"{repository.name}-results.xml")
    command = [str(COMMANDS / "pytest"), "-p", "contract.plugin", "--pyargs", "contract.laws"]
    finished = subprocess.run(
        [*command, f"--contract-target={target}", f"--junitxml={results}", "-pno:cacheprovider", *options],
        cwd=repository,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    suite = ET.parse(results).getroot().find("testsuite") if results.exists() else None
    names = ("tests", "failures", "errors", "skipped")
    return finished, {name: int(suite.attrib[name]) for name in names} if suite is not None else {}


def test_second_door_passes_on_the_reference(repository: Path, reference: str) -> None:
    with untouched(repository):
        finished, counts = _second_door(repository, reference, "--contract-only=create")

    judged = sum(entry.topic == "create" for entry in catalogue())
    assert finished.returncode == 0, finished.stdout
    assert counts == {"tests": judged, "failures": 0, "errors": 0, "skipped": 0}
    assert "Left on the target" not in finished.stdout


def test_second_door_fails_on_the_tutorial(repository: Path) -> None:
    with untouched(repository), serve(fresh_instance()) as url:
        finished, counts = _second_door(
            repository, url, *(f"--contract-only={name}" for name in ("create", "delete", "id"))
        )

    assert finished.returncode == 1
    assert counts["skipped"] == counts["errors"] == 0
    assert 0 < counts["failures"] < counts["tests"]
    assert "FAIL id.unique (MUST)" in finished.stdout
    assert "BLOCKED delete.gone (MUST)" in finished.stdout
    assert "Traceback" not in finished.stdout


def test_second_door_fails_where_nothing_can_be_judged(repository: Path) -> None:
    with untouched(repository), always(503, b"{}").serve() as url:
        finished, counts = _second_door(repository, url, "--contract-only=create")

    assert finished.returncode == 1
    assert counts["skipped"] == counts["errors"] == 0
    assert counts["failures"] == counts["tests"] == sum(entry.topic == "create" for entry in catalogue())
    assert "INCONCLUSIVE create.once (MUST)" in finished.stdout


def test_second_door_fails_on_a_fault_of_the_suite(repository: Path, reference: str) -> None:
    plugins = repository.with_name(f"{repository.name}-plugins")
    plugins.mkdir()
    (plugins / "breaker.py").write_text(
        "from contract.api import Api\n\n"
        "def fail(self, count):\n    raise ValueError('broken')\n\n"
        "Api.neighbours = fail\n"
    )
    path = os.pathsep.join(filter(None, [str(plugins), os.environ.get("PYTHONPATH")]))
    with untouched(repository):
        finished, counts = _second_door(
            repository, reference, "-pbreaker", "--contract-only=create.bystanders", PYTHONPATH=path
        )

    assert finished.returncode == 1
    assert counts == {"tests": 1, "failures": 1, "errors": 0, "skipped": 0}
    assert "ERROR create.bystanders (MUST)" in finished.stdout
    assert "ValueError: broken" in finished.stdout


def test_second_door_on_a_dead_port(repository: Path) -> None:
    with untouched(repository):
        finished, _ = _second_door(repository, f"http://127.0.0.1:{dead_port()}")

    assert finished.returncode not in (0, 5)
    assert "never answered" in finished.stdout
    assert "Traceback" not in finished.stdout + finished.stderr


def test_second_door_where_tests_have_other_names(repository: Path, reference: str) -> None:
    with (repository / "pytest.ini").open("a") as configuration:
        configuration.write("python_files = check_*.py\npython_functions = check_*\n")

    finished, counts = _second_door(repository, reference, "--contract-only=create.once")

    assert finished.returncode == 0, finished.stdout
    assert counts == {"tests": 1, "failures": 0, "errors": 0, "skipped": 0}


def test_second_door_refuses_wrong_usage(repository: Path, reference: str) -> None:
    finished, _ = _second_door(repository, reference, "--contract-only=no.such-id")

    assert finished.returncode == 4
    assert "'no.such-id' is no requirement" in finished.stderr
