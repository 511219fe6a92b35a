"""The scripts of --artifacts: each shows its violation on a broken server, and nothing on a healthy one."""

from __future__ import annotations

import itertools
import json
import os
import runpy
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract import demand
from contract.artifacts import checks, folder, wire
from contract.artifacts.folder import MARK
from contract.artifacts.prelude import flat_lines, functions_for
from contract.artifacts.script import script
from contract.demand import Demand, Document, Field, Status
from contract.exchange import NO_JSON, Evidence, Exchange, created_id
from contract.expect import Violation
from contract.jsontext import NotJson, decode
from contract.requirement import Requirement, catalogue
from contract.transport import Headers, Options, Request, Response, Tls
from contract.transport.http import HttpTarget
from contract.verdict import USAGE, Result, Run, ViolationReport
from reference_app import create_app
from tests.certificates import make_certificates
from tests.faults import Fault, all_faults
from tests.faults.healthy import Healthy
from tests.faults.keeping import Keeping
from tests.faults.serving import served
from tests.scripts import judged, run_on_both, run_script
from tests.targets import run_suite, serve, serve_connections

ENTRIES = {entry.id: entry for entry in catalogue()}
FAULTS = [fault for fault in all_faults() if not issubclass(fault, Keeping)]
"""The faults that requests show."""

NOT_SHOWN = {
    "cache.304-NotModifiedHasABody": "curl does not read the body of a 304",
    "state.stateless-WorkerCachesTheTask": "which worker answers depends on all connections since the start",
    "state.stateless-TagDependsOnTheWorker": "the same",
    "race.list-ListIsReadInBatches": "a deletion has to come within the milliseconds between two parts of one list",
    "wire.incomplete-ResetBodyIsTaken": "curl does not reset a connection",
}
"""Faults that their script does not show on a fresh server, and why."""

TRIES = 3
"""Times that the script of a race is run: a race shows only sometimes."""

SLOW = ("race", "state.capacity", "list.limit", "list.next", "openapi", "wire.slow")
SHELLS = [["bash"], ["dash"], ["busybox", "sh"]]
NO_OPTIONS = Options()
JSON = (("Content-Type", "application/json"),)


def name_of(fault: type[Fault]) -> str:
    return f"{fault.breaks}-{fault.__name__}"


def sample() -> list[type[Fault]]:
    """The first fault of every second requirement whose law and script are quick."""
    quick = [fault for fault in FAULTS if not fault.breaks.startswith(SLOW) and name_of(fault) not in NOT_SHOWN]
    firsts = [next(group) for _, group in itertools.groupby(sorted(quick, key=name_of), lambda fault: fault.breaks)]
    return firsts[::2]


def script_of(fault: type[Fault]) -> str:
    return judged(ENTRIES[fault.breaks], fault()).violations[0].script()


def tells_them_apart(fault: type[Fault], tmp_path: Path) -> None:
    text = script_of(fault)
    for _ in range(TRIES if fault.breaks.startswith("race") else 1):
        broken, mended = run_on_both(text, fault(), tmp_path)
        if broken.exit_code != 0:
            break

    assert broken.exit_code == 1, broken.output
    assert mended.exit_code == 0, mended.output


@pytest.mark.parametrize("fault", sample(), ids=name_of)
def test_script_tells_a_fault_from_a_healthy_server(fault: type[Fault], tmp_path: Path) -> None:
    tells_them_apart(fault, tmp_path)


@pytest.mark.evidence
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if name_of(fault) not in NOT_SHOWN], ids=name_of)
def test_script_of_each_fault(fault: type[Fault], tmp_path: Path) -> None:
    tells_them_apart(fault, tmp_path)


@pytest.mark.evidence
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if name_of(fault) in NOT_SHOWN], ids=name_of)
def test_script_that_cannot_show_its_fault_accuses_nobody(fault: type[Fault], tmp_path: Path) -> None:
    _, mended = run_on_both(script_of(fault), fault(), tmp_path)

    assert mended.exit_code in (0, 2), mended.output


def test_script_of_what_only_a_restart_shows_accuses_nobody(tmp_path: Path) -> None:
    violation = Violation("It is lost.", expected="the task", received="404")
    text = script(ENTRIES["durable.writes"], violation, HttpTarget("http://127.0.0.1:1", NO_OPTIONS), {})

    _, healthy = run_on_both(text, Healthy(), tmp_path)

    assert healthy.exit_code == 2
    assert "Only a restart of the server shows this" in healthy.output


@pytest.mark.evidence
def test_scripts_of_a_tutorial(tmp_path: Path) -> None:
    def tutorial() -> Any:
        return runpy.run_path(str(Path(__file__).parent / "tutorial" / "app.py"))["app"]

    with serve(tutorial()) as url:
        run_suite(url, "--skip=race", f"--artifacts={tmp_path}")
    codes = {}
    for file in tmp_path.glob("*.sh"):
        with serve(tutorial()) as broken, serve(create_app()) as mended:
            codes[file.name] = (run_script(file, broken).exit_code, run_script(file, mended).exit_code)

    assert len(codes) > 20
    assert {name: code for name, code in codes.items() if code != (1, 0)} == {}


def test_every_demand_can_be_checked() -> None:
    kinds = [kind for kind in vars(demand).values() if isinstance(kind, type) and kind in Demand.__subclasses__()]

    assert len(kinds) > 30
    assert [kind for kind in kinds if is_unknown(checks._check, kind) and is_unknown(wire._lines, kind)] == []


def is_unknown(lines: Any, kind: type[Demand]) -> bool:
    """Whether a generic function falls back on what it does with any demand."""
    return bool(lines.dispatch(kind) is lines.dispatch(object))


def test_exceptions_are_faults() -> None:
    assert set(NOT_SHOWN) <= set(map(name_of, FAULTS))


def test_script_leaves_no_task_behind(tmp_path: Path) -> None:
    (fault,) = [fault for fault in FAULTS if name_of(fault) == "delete.idempotent-SecondDeleteIsGone"]
    server = Healthy()
    (tmp_path / "evidence.sh").write_text(script_of(fault), encoding="utf-8")

    with served(server) as url:
        finished = run_script(tmp_path / "evidence.sh", url)

    assert (finished.exit_code, server.tasks) == (0, {})
    assert server.last_id > 0


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_script_runs_in_any_posix_shell(shell: list[str], tmp_path: Path) -> None:
    require(shell[0])
    (fault,) = [fault for fault in FAULTS if name_of(fault) == "update.bystanders-UpdatedComesLast"]
    (tmp_path / "evidence.sh").write_text(script_of(fault), encoding="utf-8")

    with served(fault()) as faulty, served(Healthy()) as healthy:
        codes = [run_script(tmp_path / "evidence.sh", url, shell).exit_code for url in (faulty, healthy)]

    assert codes == [1, 0]


def require(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


class Recorder:
    """A server that keeps the body and the headers of each request, and answers with what it is given."""

    def __init__(self, answer: bytes = b'{"id": 4711}', status: str = "201 Created", headers: str = "") -> None:
        self.answer, self.status, self.headers = answer, status, headers
        self.bodies: list[bytes] = []
        self.heads: list[str] = []

    def __call__(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            lines = list(iter(stream.readline, b"\r\n"))
            head = b"".join(lines).decode("latin-1")
            lengths = [int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")]
            self.bodies.append(stream.read(sum(lengths)))
            self.heads.append(head)
        fields = f"Content-Length: {len(self.answer)}\r\nConnection: close\r\n{self.headers}"
        connection.sendall(f"HTTP/1.1 {self.status}\r\n{fields}\r\n".encode() + self.answer)


def sent(method: str, path: str, body: bytes | None = None, headers: Headers = (), status: int = 200) -> Exchange:
    """A request and an answer to it."""
    return Exchange(Request(method, path, headers, body), Response(status, (), b"{}"))


def created(id: int, body: bytes = b"{}") -> Exchange:
    """A creation that was answered with this id."""
    return Exchange(Request("POST", "/tasks", JSON, body), Response(201, (), json.dumps({"id": id}).encode()))


def script_for(
    evidence: Iterable[Exchange], *demands: Demand, options: Options = NO_OPTIONS, url: str = "http://localhost"
) -> str:
    """The script of a violation that these exchanges show."""
    entry = Requirement("topic.slug", "MUST", "It holds.", "", None, "module:law")
    violation = Violation("It does not.", expected="one", received="two", evidence=list(evidence), demands=demands)
    births = {id: exchange for exchange in evidence if (id := created_id(exchange)) is not None}
    return script(entry, violation, HttpTarget(url, options), births)


def run(text: str, recorder: Recorder, tmp_path: Path, shell: Sequence[str] = ("sh",)) -> int:
    """The exit code of a script that is run on a recording server."""
    file = tmp_path / "topic.slug.sh"
    file.write_text(text, encoding="utf-8")
    with serve_connections(recorder) as url:
        return run_script(file, url, shell).exit_code


BODIES = [
    b"",
    b'{"title": "plain"}',
    b"""{"title": "it's $HOME `id` $(id) \\\\ \\" !! % %s"}""",
    '{"title": "é\N{GRINNING FACE}"}'.encode(),
    b'{"title": "a\nb\r\tc"}',
    b'{"title":\n\n',
    b'{"a": "\x00"}\x00',
    b"\xff\xfe\x80'\"\\%",
    b'{"title": "\xed\xa0\x80"}',
    b"-n",
    b'{"title":"' + b"x" * 65_600 + b'"}',
    b"[" * 32_768 + b"]" * 32_768,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b"\x00" * 65_536,
    bytes(range(256)) * 4,
]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_bodies_are_sent_byte_for_byte(shell: list[str], tmp_path: Path) -> None:
    require(shell[0])
    recorder = Recorder()
    exchanges = [sent("PUT", "/tasks/1", body, JSON) for body in BODIES]

    run(script_for(exchanges, Status(exchanges[-1], (200,))), recorder, tmp_path, shell)

    assert recorder.bodies == BODIES


def test_long_regular_bodies_are_generated() -> None:
    exchanges = [sent("PUT", "/tasks/1", body, JSON) for body in BODIES if len(body) > 5000]

    text = script_for(exchanges, Status(exchanges[-1], (200,)))

    assert len(exchanges) == 4
    assert max(map(len, text.splitlines())) < 300


def test_ids_are_taken_from_the_answers(tmp_path: Path) -> None:
    recorder = Recorder()
    birth, read = created(7), sent("GET", "/tasks/7")
    listing = sent("GET", "/tasks?after=6")

    run(script_for([birth, read, listing], Status(listing, (200,))), recorder, tmp_path)

    lines = [head.splitlines()[0] for head in recorder.heads]
    assert lines[:3] == ["POST /tasks HTTP/1.1", "GET /tasks/4711 HTTP/1.1", "GET /tasks?after=4710 HTTP/1.1"]
    assert lines[3:] == ["DELETE /tasks/4711 HTTP/1.1"]


def test_entity_tags_are_taken_from_the_answers(tmp_path: Path) -> None:
    recorder = Recorder(headers='ETag: "tag-of-this-server"\r\n')
    birth = replace(created(7), response=Response(201, (("etag", '"tag-of-the-run"'),), b'{"id": 7}'))
    put = sent("PUT", "/tasks/7", b"{}", (*JSON, ("If-Match", 'W/"tag-of-the-run", "tag-of-the-ru"')))

    run(script_for([birth, put], Status(put, (412,))), recorder, tmp_path)

    assert 'If-Match: W/"tag-of-this-server", "tag-of-this-serve"' in recorder.heads[1]


def test_links_are_followed_as_the_server_gives_them(tmp_path: Path) -> None:
    recorder = Recorder(b"[]", "200 OK", 'Link: </tasks?cursor=here>; rel="next"\r\n')
    first = Exchange(Request("GET", "/tasks?limit=1"), Response(200, (("link", '<?cursor=there>; rel="next"'),), b"[]"))
    second = Exchange(Request("GET", "/tasks?cursor=there", followed=True), Response(500, (), b""))

    code = run(script_for([first, second], Status(second, (200,))), recorder, tmp_path)

    assert code == 0
    assert recorder.heads[1].startswith("GET /tasks?cursor=here HTTP/1.1")


def test_creation_that_the_evidence_only_names_is_repeated(tmp_path: Path) -> None:
    recorder = Recorder()
    birth, read = created(7, b'{"title":"old"}'), sent("GET", "/tasks/7")
    evidence = Evidence.of([read])
    entry = ENTRIES["read.safe"]
    violation = Violation("", expected="", received="", evidence=evidence, demands=[Status(read, (200,))])

    run(script(entry, violation, HttpTarget("http://localhost", Options()), {7: birth}), recorder, tmp_path)

    assert recorder.bodies[0] == b'{"title":"old"}'
    assert recorder.heads[1].startswith("GET /tasks/4711 ")


def test_secrets_stay_in_their_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setenv("TOKEN", "secret-value")
    options = Options((("Authorization", "Bearer secret-value"),), (("Authorization", "Bearer $TOKEN"),))
    exchanges = [created(id) for id in range(1, 8)]
    text = script_for([*exchanges, sent("GET", "/tasks/1")], Status(exchanges[0], (201,)), options=options)

    run(text, recorder, tmp_path)

    assert "secret-value" not in text
    assert len(recorder.heads) > 8
    assert all("Authorization: Bearer secret-value\r\n" in head for head in recorder.heads)


@pytest.mark.parametrize(
    ("demand", "answer", "code"),
    [
        (lambda e: Status(e, (200, "4xx")), b"{}", 1),
        (lambda e: Status(e, ("2xx",)), b"{}", 0),
        (lambda e: Document(e, {"a": "é \\ $HOME `"}), b'{ "a":"\\u00e9 \\\\ $HOME `"}', 0),
        (lambda e: Document(e, {"a": "é"}), b'{"a":"e"}', 1),
        (lambda e: Document(e, {"a": 1}), b'{"a":1.0}', 1),
        (lambda e: Document(e, {"a": True, "b": None}), b'{"b":null,"a":true}', 0),
        (lambda e: Document(e, {"a": [1, []]}), b'{"a":[1]}', 1),
        (lambda e: Field(e, "X-Of-It", "^yes$"), b"", 0),
        (lambda e: Field(e, "X-Of-Another", "^yes$"), b"", 1),
    ],
)
def test_demand(demand: object, answer: bytes, code: int, tmp_path: Path) -> None:
    exchange = sent("PUT", "/tasks/1", b"{}", JSON)
    assert callable(demand)

    text = script_for([exchange], demand(exchange))

    assert run(text, Recorder(answer, headers="X-Of-It: yes\r\n"), tmp_path) == code


@pytest.mark.parametrize(("answer", "code"), [(b'{"id": 4711}', 1), (b'{"id": 1}', 0)])
def test_without_a_demand_the_same_answer_is_wrong(answer: bytes, code: int, tmp_path: Path) -> None:
    exchange = Exchange(Request("PUT", "/tasks/1", JSON, b"{}"), Response(201, (), b'{"id":4711}'))

    assert run(script_for([exchange]), Recorder(answer), tmp_path) == code


def test_set_up_that_fails_is_no_verdict(tmp_path: Path) -> None:
    birth, read = created(7), sent("GET", "/tasks/7")

    assert run(script_for([birth, read], Status(read, (201,))), Recorder(b"no JSON"), tmp_path) == 2


def test_what_curl_cannot_show_says_so(tmp_path: Path) -> None:
    file = tmp_path / "wire.slow.sh"
    (fault,) = [fault for fault in FAULTS if name_of(fault) == "wire.incomplete-LastChunkIsNotAwaited"]
    file.write_text(script_of(fault), encoding="utf-8")

    finished = run_script(file, "https://127.0.0.1:1")

    assert finished.exit_code == 2
    assert "Run: task-contract run https://127.0.0.1:1 --only wire.incomplete\n" in finished.output


TEXTS = [
    b'{"id": 1, "title": "task \\u00e9 \xc3\xa9", "done": true}',
    b'[{"id":1},{"id":2,"a":[1,[2]]}]',
    b'"\xf0\x9f\x98\x80 \\ud83d\\ude00 \\ud800 \\ud800\\u0041 \\n\\t\\/ \\"\\\\"',
    b'{"a.b c[":-1, "": [ ] , "b" : { } }',
    b"\xef\xbb\xbf 1",
    *(b"", b"NaN", b"nan", b'{"a":1,"a":2}', b"1 2", b"[1,]", b'"\x01"', b'"\xff"', b'"\xed\xa0\x80"', b'{"a"}'),
    *(b'"\\x"', b"01", b"1.", b"-", b"[", b'"', b'{"a":1', b"\xc0\xaf"),
]


@pytest.fixture(params=["awk", "mawk", "gawk", "original-awk", "busybox"])
def awk(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A search path on which awk is one of those that there are."""
    program = shutil.which(str(request.param))
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    (tmp_path / "awk").symlink_to(program)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_json_is_read_as_the_suite_reads_it(text: bytes, awk: str, tmp_path: Path) -> None:
    try:
        expected = decode(text)
    except NotJson:
        expected = NO_JSON
    (tmp_path / "1.body").write_bytes(text)

    shown = subprocess.run(
        ["sh", "-c", f"dir={tmp_path}\n{functions_for('flat')}\nflat 1"],
        env={**os.environ, "PATH": awk, "LC_ALL": "C"},
        capture_output=True,
        encoding="ascii",
        check=True,
    )

    assert shown.stdout.splitlines() == list(flat_lines(expected))


def run_with(*ids: str) -> Run:
    """A run that found a violation of each of these requirements."""
    violation = ViolationReport("It does not.", "one", "two", (), script=lambda: f"#!/bin/sh\n{MARK}\n")
    return Run("http://localhost", "full", [Result(ENTRIES[id], "fail", violations=(violation,)) for id in ids])


def test_folder_has_an_executable_script_for_each_violation_and_an_index(tmp_path: Path) -> None:
    place = tmp_path / "new" / "folder"

    assert folder.prepare(place) is None
    folder.write(run_with("delete.gone", "id.unique"), place)

    assert sorted(file.name for file in place.iterdir()) == ["README.md", "delete.gone.sh", "id.unique.sh"]
    assert all(os.access(file, os.X_OK) for file in place.glob("*.sh"))
    assert f"[id.unique.sh](id.unique.sh) (fail): {ENTRIES['id.unique'].sentence}" in (place / "README.md").read_text()


def test_index_of_a_run_that_came_to_nothing_says_so(tmp_path: Path) -> None:
    folder.write(replace(run_with(), unreachable="It never answered."), tmp_path)

    assert "None was found; the verdict is: unreachable." in (tmp_path / "README.md").read_text()


def test_further_violations_are_numbered(tmp_path: Path) -> None:
    run = run_with("delete.gone")
    run.results[0] = replace(run.results[0], violations=run.results[0].violations * 3)

    folder.write(run, tmp_path)

    assert sorted(file.name for file in tmp_path.glob("*.sh")) == [
        "delete.gone-2.sh",
        "delete.gone-3.sh",
        "delete.gone.sh",
    ]


def test_what_an_older_run_wrote_is_removed_and_nothing_else(tmp_path: Path) -> None:
    folder.write(run_with("delete.gone"), tmp_path)
    own = {"start.sh": "#!/bin/sh\necho mine\n", "notes.txt": MARK}
    for name, text in own.items():
        (tmp_path / name).write_text(text)

    folder.prepare(tmp_path)

    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == own


def test_readme_of_the_user_stays(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")

    folder.prepare(tmp_path)
    folder.write(run_with("delete.gone"), tmp_path)

    assert (tmp_path / "README.md").read_text() == "mine"


def test_folder_that_cannot_be_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from contract.cli import main

    (tmp_path / "file").write_text("")

    code = main(["run", "http://127.0.0.1:1", "--artifacts", str(tmp_path / "file" / "below")])

    assert code == USAGE
    assert capsys.readouterr().err == f"task-contract: {tmp_path}/file/below cannot be written to: Not a directory.\n"


def test_wrong_usage_leaves_no_older_scripts(tmp_path: Path) -> None:
    from contract.cli import main

    folder.write(run_with("delete.gone"), tmp_path)

    with pytest.raises(SystemExit):
        main(["run", "http://127.0.0.1:1", "--artifacts", str(tmp_path), "--timeout", "never"])

    assert list(tmp_path.iterdir()) == []


def test_certificates_of_the_run_are_used(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    recorder = Recorder()
    birth, read = created(7), sent("GET", "/tasks/7")
    options = Options(tls=Tls(ca_file=str(tmp_path / "ca.pem")))
    (tmp_path / "evidence.sh").write_text(script_for([birth, read], Status(read, (201,)), options=options))

    def secure(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            recorder(wrapped)

    with serve_connections(secure) as url:
        finished = run_script(tmp_path / "evidence.sh", url.replace("http:", "https:"))

    assert finished.exit_code == 0, finished.output
    assert [head.split()[0] for head in recorder.heads] == ["POST", "GET", "DELETE"]


def test_script_knows_the_target_of_the_run(tmp_path: Path) -> None:
    recorder = Recorder()
    request = sent("GET", "/tasks/1")
    file = tmp_path / "evidence.sh"

    with serve_connections(recorder) as url:
        file.write_text(script_for([request], Status(request, (201,)), url=f"{url}/it's/$HOME"))
        subprocess.run(["sh", str(file)], check=True, capture_output=True)

    assert recorder.heads[0].startswith("GET /it's/$HOME/tasks/1 HTTP/1.1")


def test_header_of_a_request_replaces_that_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setenv("TOKEN", "secret-value")
    options = Options(shown_headers=(("Authorization", "Bearer $TOKEN"), ("X-Key", "$TOKEN")))
    request = sent("GET", "/tasks/1", headers=(("authorization", "Basic Og=="),))

    run(script_for([request], Status(request, (201,)), options=options), recorder, tmp_path)

    assert recorder.heads[0].lower().count("authorization:") == 1
    assert "authorization: Basic Og==\r\n" in recorder.heads[0]
    assert "X-Key: secret-value\r\n" in recorder.heads[0]
