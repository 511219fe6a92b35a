"""The rules of tasks, without HTTP."""

from __future__ import annotations

import pytest

from reference_app.domain import (
    BODY_LIMIT,
    MAX_ID,
    InvalidQuery,
    InvalidTask,
    PageQuery,
    Task,
    TaskInput,
    description_problem,
    done_problem,
    etag_of,
    is_fresh,
    may_write,
    parse_id,
    parse_page,
    parse_task,
    title_problem,
)

EMOJI = "\N{PARTY POPPER}"


def fields_at_fault(body: str) -> list[str]:
    with pytest.raises(InvalidTask) as caught:
        parse_task(body.encode())
    return [problem.field for problem in caught.value.details]


def test_parse_task_fills_in_defaults() -> None:
    assert parse_task(b'{"title": "a"}') == TaskInput("a", "", False)


def test_parse_task_reads_every_member() -> None:
    task = parse_task('{"done": true, "title": "\u00e9", "description": "e\\u0301\\n"}'.encode())

    assert task == TaskInput("\u00e9", "e\u0301\n", True)


@pytest.mark.parametrize("title", [" ", "a" * 200, EMOJI * 200, "\u0080", "\ufffe", "\U0010ffff", "</b>"])
def test_titles(title: str) -> None:
    assert title_problem(title) is None


@pytest.mark.parametrize(
    "value",
    ["", "a" * 201, EMOJI * 201, "a\0", "a\n", "\x1f", "\x7f", "\ud800", None, 1, True, ["a"], {"a": 1}],
)
def test_not_titles(value: object) -> None:
    assert title_problem(value) is not None


@pytest.mark.parametrize("description", ["", "a" * 2000, EMOJI * 2000, "a\tb\r\n\x1f\x7f"])
def test_descriptions(description: str) -> None:
    assert description_problem(description) is None


@pytest.mark.parametrize("value", ["a" * 2001, EMOJI * 2001, "\0", "\udfff", None, 0, []])
def test_not_descriptions(value: object) -> None:
    assert description_problem(value) is not None


@pytest.mark.parametrize("value", [True, False])
def test_done(value: bool) -> None:
    assert done_problem(value) is None


@pytest.mark.parametrize("value", [0, 1, 1.0, None, "true", "", []])
def test_not_done(value: object) -> None:
    assert done_problem(value) is not None


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("{}", ["title"]),
        ('{"title": null}', ["title"]),
        ('{"title": "a", "description": 1, "done": 1}', ["description", "done"]),
        ('{"title": "a", "id": 1}', ["id"]),
        ('{"Title": "a"}', ["Title", "title"]),
    ],
)
def test_details_name_the_fields_at_fault(body: str, fields: list[str]) -> None:
    assert fields_at_fault(body) == fields


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"1",
        b'"title"',
        b'["title"]',
        b'{"title": "a"',
        b'{"title": "a",}',
        b'{"title": "a"} x',
        b'{"title": "a"}\0',
        b"{'title': 'a'}",
        b'{"title": "a\tb"}',
        b'{"title": "\xff"}',
        b'{"title": "\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"title": "a"}',
        '{"title": "a"}'.encode("utf-16"),
    ],
)
def test_not_json_objects(body: bytes) -> None:
    with pytest.raises(InvalidTask, match="The body must be"):
        parse_task(body)


@pytest.mark.parametrize(
    "body",
    [
        '{"title": "a", "title": "a"}',
        '{"title": "a", "x": {"b": 1, "b": 2}}',
        '{"title": "\\udc00\\ud800"}',
        '{"title": 1e400}',
        '{"title": "a", "done": -1e400}',
        '{"title": ' + "9" * 5000 + "}",
        "9" * BODY_LIMIT,
    ],
)
def test_json_beyond_the_interoperable(body: str) -> None:
    with pytest.raises(InvalidTask):
        parse_task(body.encode())


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_of_javascript(constant: str) -> None:
    with pytest.raises(InvalidTask, match=f"^{constant} is not JSON"):
        parse_task(b'{"title": %b}' % constant.encode())


def test_details_can_be_encoded() -> None:
    assert fields_at_fault('{"title": "a", "\\ud800": 1}') == []


@pytest.mark.parametrize("depth", [10, 1_000, 10_000, BODY_LIMIT // 6])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"":', "}")])
def test_deep_json(depth: int, opening: str, closing: str) -> None:
    nested = opening * depth + "0" + closing * depth

    for body in (nested, opening * depth, f'{{"title": {nested}}}', f'{{"title": "a", "done": {nested}}}'):
        with pytest.raises(InvalidTask):
            parse_task(body.encode())


@pytest.mark.parametrize(("text", "task_id"), [("1", 1), ("10", 10), (str(MAX_ID), MAX_ID)])
def test_ids(text: str, task_id: int) -> None:
    assert parse_id(text) == task_id


@pytest.mark.parametrize(
    "text", ["", "0", "01", "-1", "+1", "1.0", "1e0", "12abc", " 1", "1\n", "1_0", "\u00b2", "1\u0661", "1\0"]
)
def test_not_ids(text: str) -> None:
    assert parse_id(text) is None


@pytest.mark.parametrize("text", [str(MAX_ID + 1), str(2**63), "9" * 40, "9" * 5000])
def test_ids_out_of_range(text: str) -> None:
    assert parse_id(text) is None


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({}, PageQuery(after=0, limit=100, done=None)),
        ({"done": "true"}, PageQuery(done=True)),
        ({"done": "false", "limit": "1", "after": str(MAX_ID)}, PageQuery(MAX_ID, 1, False)),
        ({"limit": "100", "offset": "7"}, PageQuery()),
    ],
)
def test_page_queries(parameters: dict[str, str], query: PageQuery) -> None:
    assert parse_page(parameters) == query


@pytest.mark.parametrize("name", ["done", "limit", "after"])
@pytest.mark.parametrize("text", ["", "True", "-1", "+1", "1.0", "1e1", " 1", "1\n", "\u0661", "\u00b2", "9" * 5000])
def test_not_page_queries(name: str, text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_page({name: text})

    assert [problem.field for problem in caught.value.details] == [name]


@pytest.mark.parametrize(("name", "text"), [("limit", "0"), ("limit", "101"), ("after", str(MAX_ID + 1))])
def test_page_queries_out_of_range(name: str, text: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_page({name: text})


def test_etag_differs_with_every_member() -> None:
    tasks = [Task(1, "a", "", False), Task(2, "a", "", False), Task(1, "b", "", False)]
    tasks += [Task(1, "a", "b", False), Task(1, "a", "", True), Task(1, 'a", "', "", False)]

    assert len({etag_of(task) for task in tasks}) == len(tasks)


def test_etag_is_strong_and_stable() -> None:
    tag = etag_of(Task(1, "\U0001f600", "", False))

    assert tag == etag_of(Task(1, "\U0001f600", "", False))
    assert tag.startswith('"')


TASK = Task(1, "a", "", False)
TAG = etag_of(TASK)
OTHER = etag_of(Task(1, "b", "", False))


@pytest.mark.parametrize("header", [None, "*", TAG, f"{OTHER}, {TAG}", f'"a,b" ,{TAG}', f'W/"x",{TAG}'])
def test_if_match_holds(header: str | None) -> None:
    assert may_write(TASK, header)


@pytest.mark.parametrize("header", ["", OTHER, f"W/{TAG}", TAG.strip('"'), f"{OTHER}, W/{TAG}", '"*"'])
def test_if_match_does_not_hold(header: str) -> None:
    assert not may_write(TASK, header)


@pytest.mark.parametrize("header", ["*", TAG, f"W/{TAG}", f'"a,b", W/{TAG}', f"{OTHER},{TAG}"])
def test_fresh(header: str) -> None:
    assert is_fresh(TASK, header)


@pytest.mark.parametrize("header", [None, "", OTHER, f"W/{OTHER}", TAG.strip('"'), '"*"'])
def test_not_fresh(header: str | None) -> None:
    assert not is_fresh(TASK, header)
