"""Signatures of violations: the same for the same failure whatever differs from run to run, another for another."""

from __future__ import annotations

from contextlib import closing
from dataclasses import astuple, replace

import pytest

from contract.exchange import Exchange
from contract.expect import Violation
from contract.judge import judge
from contract.requirement import catalogue, law_of
from contract.session import Session
from contract.signature import Signature, signature_of
from contract.transport import Options, Request, Response
from contract.transport.opening import open_target
from contract.transport.wsgi import WsgiTarget
from tests.faults import Fault, all_faults
from tests.faults.serving import served

ENTRIES = {entry.id: entry for entry in catalogue()}
FAULTS = {fault.__name__: fault for fault in all_faults()}
URL = "http://127.0.0.1:8000"


def fault(name: str, tasks: int = 0) -> Fault:
    """A broken server that has issued ids before, and has so many tasks of others."""
    server = FAULTS[name]()
    for number in range(tasks):
        id = 4711 + 3 * number
        server.tasks[id] = {
            "id": id,
            "title": f"foreign {number}",
            "description": "x" * number,
            "done": number % 3 == 0,
        }
        server.last_id = id
    return server


def signature(server: Fault, url: str | None = None, numbers: int = 0) -> Signature:
    """The signature of what breaks, found by a run that has made up so many texts before."""
    entry = ENTRIES[server.breaks]
    target = WsgiTarget(server) if url is None else open_target(url, Options())
    with closing(Session(target)) as session:
        for _ in range(numbers):
            session.next_number()
        (violation,) = judge(entry, law_of(entry), session).violations
    assert violation.signature is not None
    return violation.signature


@pytest.mark.parametrize(
    "name",
    [
        "TagIsWeak",
        "TagCountsAllWrites",
        "StarDoesNotMatch",
        "WritesBeforeItRefuses",
        "DescriptionIsLost",
        "LocationOfTheNextTask",
        "EqualPostsAreOne",
        "DeletesByPosition",
        "DetailsOfTheParser",
        "CrashesOnNull",
        "LargestPlusOne",
        "LenientInteger",
        "DollarMatchesBeforeALineFeed",
        "CreatesBeforeItChecks",
        "NamesEveryMember",
        "CrashesOnManyDigits",
        "ListAnswersAnObject",
        "NewestFirst",
        "NoLimitByDefault",
        "NextSkipsOne",
        "CursorMustExist",
        "LabelsAsAsked",
        "HeadIgnoresTheQuery",
        "PostReplaces",
        "UpdatesByPosition",
    ],
)
def test_same_failure_has_the_same_signature(name: str) -> None:
    first = signature(fault(name))

    assert signature(fault(name, tasks=60), numbers=17) == first


@pytest.mark.parametrize("name", ["ThirdPutDiffers", "HeadHasLengthZero"])
def test_signature_is_the_same_over_http(name: str) -> None:
    with served(fault(name, tasks=3)) as url:
        found = signature(fault(name), url)

    assert found == signature(fault(name))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("OnlyOneTagIsCompared", "StarDoesNotMatch"),
        ("WeakFormDoesNotMatch", "DateWinsOverTheTag"),
        ("IfMatchIsIgnored", "WeakTagHolds"),
        ("IfMatchIsIgnored", "NotHoldingIsAConflict"),
        ("DoneIsAlwaysFalseAtFirst", "NullForAbsentDescription"),
        ("LocationOfTheCollection", "LocationOfTheNextTask"),
        ("EqualPostsAreOne", "AddsTwo"),
        ("CrashesOnNull", "CrashesOnDepth"),
        ("CrashesOnUnknownCharsets", "CrashesOnBigIds"),
        ("LeadingDigits", "LenientInteger"),
        ("NumbersBecomeTitles", "PutNeedsNoTitle"),
        ("OwnIdIsAllowed", "NamesInAnyCase"),
        ("TakesNotANumber", "IgnoresTrailingText"),
        ("CreatesBeforeItChecks", "DoneIsStoredFirst"),
        ("ListSkipsTheNewest", "ListTruncatesDescriptions"),
        ("CaseOfTheTypeMatters", "ParametersAreNotSplitOff"),
        ("SuffixJsonIsJson", "NoTypeIsJson"),
        ("HeadHasNoTag", "HeadIsRemembered"),
        ("EmptyDescriptionIsNoValue", "DoneCannotBeCleared"),
    ],
)
def test_other_failure_of_the_same_requirement_has_another_signature(one: str, other: str) -> None:
    assert FAULTS[one].breaks == FAULTS[other].breaks

    assert signature(fault(one)) != signature(fault(other))


def violation(message: str = "It is so.", expected: str = "404", received: str = "200") -> Violation:
    """A violation without evidence."""
    return Violation(message, expected=expected, received=received)


def told(topic: str = "list", base: str = "", **texts: str) -> Signature:
    """The signature of a violation with these texts."""
    return signature_of(topic, violation(**texts), URL + base)


@pytest.mark.parametrize(
    ("message", "normal"),
    [
        ("GET /tasks/17 was answered with status 200.", "GET /tasks/ID was answered with status 200."),
        ("GET /tasks/9007199254740991 was answered.", "GET /tasks/9007199254740991 was answered."),
        ("GET /tasks?after=17&limit=3 has task 17.", "GET /tasks?limit=3 has task ID."),
        ("GET /tasks?after=17 was answered with 101 tasks.", "GET /tasks was answered with N tasks."),
        (
            "The next page, GET /tasks?limit=2&cursor=x1y2, fails.",
            "The next page, GET /tasks?limit=2&cursor=TEXT, fails.",
        ),
        ("GET /tasks/12abc is no id.", "GET /tasks/Nabc is no id."),
        ("GET /tasks/%C2%B9%C2%B2 is no id.", "GET /tasks/N is no id."),
        ("GET /tasks/0x1f is no id.", "GET /tasks/NxN is no id."),
        ("Task 5 is listed 0 times.", "Task ID is listed 0 times."),
        ("Task 5 is listed 12 times.", "Task ID is listed N times."),
        (
            'PUT /tasks/3 with the title "refused 0123abcd-19 (98) a" was answered with status 200.',
            'PUT /tasks/ID with the title "TEXT a" was answered with status 200.',
        ),
        (
            "POST /tasks with a title of 201 code points was answered with status 201.",
            "POST /tasks with a title of 201 code points was answered with status 201.",
        ),
        (
            'PUT /tasks/3 with the member {"id": 3} was answered.',
            'PUT /tasks/ID with the member {"id": ID} was answered.',
        ),
        ("After GET /tasks/15 (404) the connection is lost.", "After GET /tasks/ID (404) the connection is lost."),
    ],
)
def test_message(message: str, normal: str) -> None:
    assert told(message=message).message == normal


TASK = '{"id": 7, "title": "task 0123abcd 9", "description": "note 9", "done": false}'


@pytest.mark.parametrize(
    ("expected", "received", "normal"),
    [
        ("404 or 410", '200 {"id": 7}', ("404 or 410", "200")),
        ("404", "no answer came in time (timed out).", ("404", "no answer came in time")),
        (
            TASK,
            '200 {"id": 7, "title": "task 0123abcd 9", "description": null, "done": true}',
            (
                "{description, done, id, title}",
                "200 {description, done, id, title} with another description (null), another done",
            ),
        ),
        (
            TASK,
            '200 {"id": 7, "title": "task 0123abcd 3", "description": "", "done": true}',
            ("{description, done, id, title}", "200 {description, done, id, title} with another title"),
        ),
        (TASK, '{"id": 7}', ("{description, done, id, title}", "{id}")),
        (TASK, "no such entry", ("{description, done, id, title}", "no such entry")),
        ("[1, 2, 10]", "[1, 10, 2]", ("[...]", "[...] (another)")),
        ("[1, 2", "[1, 10 ... 300 more ... 9]", ("[...]", "[...] (another)")),
        ('[200, [{"id": 7}, {"id": 8}]]', '200 [{"id": 8}]', ("[...]", "200 [...]")),
        ('ETag: "abc1"', 'ETag: W/"abc2"', ("ETag: TAG", "ETag: W/TAG")),
        ('ETag: "abc1"', 'ETag: "abc2"', ("ETag: TAG", "ETag: TAG (another)")),
        ("Content-Length: 404", "Content-Length: 0", ("Content-Length: N", "Content-Length: 0 (less)")),
        (
            "Location: /tasks/7",
            "Location: http://10.0.0.7:81/tasks/8",
            ("Location: /tasks/ID", "Location: /tasks/ID (another)"),
        ),
        ("at most 100", "101 tasks", ("at most N", "N tasks")),
        ("none", "text/html: 404 <h1>Not Found, request 7f00aa11</h1>", ("none", "text/html: 404 TEXT")),
        ("a date", "Date: Tue, 15 Nov 1994 08:12:31 GMT", ("a date", "Date: DATE")),
        ("nothing", '"Traceback in /tmp/x1/app.py, line 3"', ("nothing", "TEXT")),
    ],
)
def test_expected_and_received(expected: str, received: str, normal: tuple[str, str]) -> None:
    found = told(expected=expected, received=received)

    assert (found.expected, found.received) == normal


def test_base_path_is_left_out() -> None:
    found = told(base="/api/v1", expected="Location: /api/v1/tasks/7", received="Location: /tasks/7")

    assert found == told(expected="Location: /tasks/7", received="Location: /tasks/7")


def test_nothing_is_compared_that_a_race_leaves_to_chance() -> None:
    first = told("race", message="Of 8 DELETEs at the same time 6 were answered with 200.", received="200, 200, 404")
    second = told("race", message="Of 16 DELETEs at the same time 9 were answered with 200.", received="200, 404")

    assert first == second


def exchange(status: int, body: bytes = b"{", **headers: str) -> Exchange:
    """A POST that was answered so."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(Request("POST", "/tasks", pairs, body), Response(status, (), b""))


@pytest.mark.parametrize(
    ("sent", "special"),
    [
        (exchange(201, Content_Type="application/json"), ""),
        (exchange(500, Content_Type="application/json"), "body {"),
        (exchange(500, b'{"title": "task 0123abcd 9"}', Content_Type="application/json"), ""),
        (exchange(201), "no Content-Type"),
        (exchange(412, Content_Type="application/json", If_Match='W/"abc", *'), 'If-Match: W/"TAG", *'),
        (exchange(400, Content_Type="application/json", Cookie="session=1"), "Cookie: TEXT"),
    ],
)
def test_what_is_special_about_the_request(sent: Exchange, special: str) -> None:
    shown = Violation("POST /tasks is wrong.", expected="", received="", evidence=(sent,))

    assert signature_of("wire", shown, URL).request == special


def test_how_far_a_case_was_shrunk_is_of_no_account() -> None:
    smaller = violation(message="PUT /tasks/1 differs.")
    smaller.first = violation(message="GET /tasks/1 differs.")

    assert signature_of("state", smaller, URL) == signature_of("state", smaller.first, URL)


def test_secrets_are_hidden() -> None:
    options = Options(secrets=(("s3cret", "$TOKEN"),))
    sent = exchange(500, b"s3cret", Content_Type="application/json", X_Echo="s3cret")
    shown = Violation("It says s3cret.", expected="s3cret", received="s3cret", evidence=(sent,))

    found = signature_of("error", shown, URL, options.hide)

    assert "s3cret" not in str(found)
    assert "$TOKEN" in found.message


def test_any_text_has_a_signature() -> None:
    awkward = '\ud800 \x1b[2J {[" {"a": [1, ' + "9" * 5000

    found = told(message=awkward, expected=awkward, received=awkward)

    assert "".join(astuple(found)).isprintable()
    assert max(map(len, astuple(found))) < 1000


def test_text_of_a_signature_leaves_out_what_it_does_not_have() -> None:
    full = Signature("It is so.", "body {", "404", "200")

    assert str(full) == "It is so.; request body {; expected 404; received 200"
    assert str(replace(full, request="", expected="")) == "It is so.; received 200"
