"""Text: what is stored of it, and how its length is counted."""

from __future__ import annotations

from itertools import cycle

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.corpora import text as corpus
from contract.demand import HasMembers, Listed, Status
from contract.exchange import created_id
from contract.expect import Blocked, Violation
from contract.jsontext import JsonValue, same, show
from contract.refusal import Refusals, is_success
from contract.requirement import requirement
from contract.tasks import TEXT_LIMITS, Members, Task, id_of, with_defaults

_AROUND = 20


@requirement("text.exact", source="RFC 8259 7-8")
def test_exact(api: Api) -> None:
    """Titles and descriptions come back code point for code point, by id and in the list, written raw or escaped.

    Store text as it comes: no trimming, case folding, normalisation, escaping or cutting. Escape where text is shown.
    """
    _plain_text_comes_back(api)
    changes = _changes()
    tasks = [_created(api, first) for first, _ in changes]
    _listed(api, tasks)

    for task, (_, second) in zip(tasks, changes, strict=True):
        _replaced(api, task.id, second)
    titles = cycle(_joined(corpus.TEXTS))
    for description in corpus.sweep():
        _swept(api, tasks[0], next(titles), description)


@requirement("text.length", source="JSON Schema 6.3.1")
def test_length(api: Api) -> None:
    """Limits count code points: a title has 1 to 200 of them, a description at most 2000.

    Not bytes, not the units of UTF-16, of which an emoji is two, and not what a reader takes for one letter.
    """
    _plain_text_comes_back(api)
    writes = Refusals(api)
    writes.refuse("an empty title", writes.body(title=""))
    _accepted(writes, "description", "none", "")
    for member, limit in TEXT_LIMITS.items():
        for length in (1, limit - 1):
            _fits(api, writes, member, "ASCII letters", corpus.of_length("x", length))
        for name, unit in corpus.UNITS.items():
            _fits(api, writes, member, name, corpus.of_length(unit, limit))
            _does_not_fit(writes, member, name, corpus.of_length(unit, limit + 1))
        for end in corpus.ENDS[member]:
            _does_not_fit(writes, member, "white space at its end", "x" * (limit + 1 - len(end)) + end)
        for name, unit in corpus.UNITS_THAT_GROW.items():
            _accepted(writes, member, name, corpus.of_length(unit, limit))
        for name, unit in corpus.UNITS_THAT_SHRINK.items():
            _does_not_fit(writes, member, name, corpus.of_length(unit, limit + 1))
    writes.accept("the longest texts, escaped", _escaped({m: "\U0001f600" * limit for m, limit in TEXT_LIMITS.items()}))
    writes.leave_no_trace()


def _plain_text_comes_back(api: Api) -> None:
    """Raises ``Blocked`` where not even plain text does: that is no matter of text."""
    replaced, created = api.arrange(api.sample(description="plain"), api.sample(description="plain"))
    replaced = api.changed(replaced, api.sample(description="plain as well"))
    state = api.observer.present_state([created, replaced])
    for task, owner in ((created, "create.stored"), (replaced, "update.replaces")):
        if _difference(task, state.by_id[task.id]):
            raise Blocked(owner, state.answers[task.id].exchange)
        entry = next((e for e in state.listed or () if same(e.get("id"), task.id)), None)
        if _difference(task, entry):
            raise Blocked("list.complete", state.list_answer.exchange)


def _changes() -> list[tuple[Members, Members]]:
    """Bodies to create a task and to replace it: every text once as title and once as description."""
    texts = zip(corpus.TEXTS[::2], corpus.TEXTS[1::2], strict=True)
    lines = zip(corpus.LINES[::2], corpus.LINES[1::2], strict=True)
    return [
        *(({"title": one, "description": other}, {"title": other, "description": one}) for one, other in texts),
        *(
            ({"title": f"before {one!r}", "description": one}, {"title": "after", "description": other})
            for one, other in lines
        ),
        ({"title": "padded", "description": "padded"}, {"title": "padded ", "description": "padded "}),
    ]


def _created(api: Api, body: Members) -> Task:
    answer = api.create(body)
    _is_taken(answer, body)
    task = Task(created_id(answer.exchange) or 0, with_defaults(body))
    _same_text(task, answer.document, answer)
    return task


def _replaced(api: Api, id: int, body: Members) -> None:
    answer = api.replace(id, _escaped(body))
    _is_taken(answer, body)
    task = Task(id, with_defaults(body))
    _same_text(task, answer.document, answer)
    read = api.observer.read(id)
    _same_text(task, read.document, read)


def _is_taken(answer: Answer, body: Members) -> None:
    if not is_success(answer):
        raise Violation(
            f"{answer.request_line} with valid text was answered with status {answer.status}.",
            expected=show(body),
            received=answer.exchange.outcome,
            evidence=answer.evidence(),
            demands=[Status(answer.exchange, ("2xx",))],
        )


def _listed(api: Api, tasks: list[Task]) -> None:
    entries, page = api.observer.listed(task.id for task in tasks)
    expect.status(page, 200)
    found = {entry["id"]: entry for entry in entries or ()}
    for task in tasks:
        _same_text(task, found.get(task.id), page)


def _swept(api: Api, task: Task, title: str, description: str) -> None:
    violation = _broken(api, task, title, description)
    if violation is not None:
        raise _narrowed(api, task, title, description, violation)


def _broken(api: Api, task: Task, title: str, description: str) -> Violation | None:
    sent = Task(task.id, {"title": title, "description": description, "done": False})
    answer = api.replace(task.id, sent.members)
    read = api.observer.read(task.id)
    try:
        _is_taken(answer, sent.members)
        _same_text(sent, read.document, read)
    except Violation as violation:
        return violation
    return None


def _narrowed(api: Api, task: Task, title: str, description: str, violation: Violation) -> Violation:
    """The violation by the smallest half of a half … of the description that still shows it."""
    middle = len(description) // 2
    for half in (description[:middle], description[middle:]) if middle else ():
        smaller = _broken(api, task, title, half)
        if smaller is not None:
            return _narrowed(api, task, title, half, smaller)
    return violation


def _same_text(task: Task, shown: JsonValue, answer: Answer) -> None:
    member = _difference(task, shown)
    if member:
        sent, received = task.members[member], shown.get(member) if isinstance(shown, dict) else shown
        raise Violation(
            f"{answer.request_line} does not show the {member} of task {task.id} as it was sent.",
            expected=_excerpt(sent, received),
            received=_excerpt(received, sent) if isinstance(shown, dict) else answer.exchange.outcome,
            evidence=answer.evidence(ids=[task.id]),
            demands=[
                Listed(answer.exchange, task.id, {"id": task.id, member: sent})
                if isinstance(answer.document, list)
                else HasMembers(answer.exchange, {member: sent})
            ],
        )


def _difference(task: Task, shown: JsonValue) -> str | None:
    """The member whose text is shown otherwise than it was sent, ``None`` where there is none."""
    shown = shown if isinstance(shown, dict) else {}
    return next((member for member in TEXT_LIMITS if not same(task.members[member], shown.get(member))), None)


def _excerpt(text: JsonValue, other: JsonValue) -> str:
    """Where a long text differs from the other, the whole of a short one."""
    if not isinstance(text, str) or not isinstance(other, str) or len(text) <= 2 * _AROUND:
        return show(text)
    common = next((i for i, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]), len(other))
    start = max(common - _AROUND, 0)
    return f"{show(text[start : common + _AROUND])} from code point {start} of {len(text)} on"


def _escaped(body: Members) -> bytes:
    """The body as JSON with every UTF-16 unit of every text escaped."""
    members = (f'"{name}":"{_units(text)}"' for name, text in body.items())
    return f"{{{','.join(members)}}}".encode()


def _units(text: str) -> str:
    digits = text.encode("utf-16-be").hex()
    return "".join(f"\\u{digits[start : start + 4]}" for start in range(0, len(digits), 4))


def _joined(texts: tuple[str, ...], length: int = 190) -> list[str]:
    """Long titles that have all of these texts in them."""
    text = "".join(texts)
    return [text[start : start + length] for start in range(0, len(text), length)]


def _fits(api: Api, writes: Refusals, member: str, name: str, text: str) -> None:
    for answer in _accepted(writes, member, name, text):
        read = api.observer.read(id_of(answer.document) if isinstance(answer.document, dict) else 0)
        stored = read.document.get(member) if isinstance(read.document, dict) else None
        if not isinstance(stored, str) or len(stored) != len(text):
            shown = f"{len(stored)}: {show(stored)}" if isinstance(stored, str) else read.exchange.outcome
            raise Violation(
                f"A {member} of {len(text)} code points ({name}) is not stored in full by {answer.request_line}.",
                expected=f"{len(text)}: {show(text)}",
                received=shown,
                evidence=read.evidence(answer),
                demands=[HasMembers(read.exchange, {member: text})],
            )


def _accepted(writes: Refusals, member: str, name: str, text: str) -> tuple[Answer, Answer]:
    return writes.accept(f"a {member} of {len(text)} code points ({name})", writes.body(**{member: text}))


def _does_not_fit(writes: Refusals, member: str, name: str, text: str) -> None:
    writes.refuse(f"a {member} of {len(text)} code points ({name})", writes.body(**{member: text}))
