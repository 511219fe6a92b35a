"""Input: which members a task may have, and what becomes of a body that breaks their rules."""

from __future__ import annotations

from collections.abc import Iterator

from contract import expect
from contract.answer import Answer
from contract.api import Api
from contract.corpora import members as corpus
from contract.demand import NamesFields
from contract.expect import Blocked, Violation
from contract.jsontext import JsonValue, encode, same, show
from contract.refusal import Refusals, is_refusal
from contract.requirement import requirement
from contract.tasks import BODY_LIMIT, Members


@requirement("input.title")
def test_title(api: Api) -> None:
    """A title is required and is a string that is not empty and has no control character: any other is refused with
    400, never coerced and never stored, and every such string is accepted.

    The control characters are U+0000 to U+001F and U+007F; a title of one space is valid.
    """
    writes = Refusals(api)
    for value in (*corpus.NOT_TEXT, ""):
        _refused(writes, "title", value)
    writes.refuse("no title", _without("title", writes.body()), 400)
    writes.refuse("no member", {}, 400)
    for template in corpus.CONTROLS_INSIDE:
        title = template.replace("MARK", writes.text())
        writes.refuse_to_create(f"the title {show(title)}", writes.body(title=title), 400)
    for template in corpus.CONTROLS_AT_AN_END:
        _refused(writes, "title", template.replace("MARK", writes.text()))

    for title in corpus.TITLES_WITHOUT_CONTROLS:
        _accepted(writes, "title", title)
    writes.leave_no_trace()


@requirement("input.description")
def test_description(api: Api) -> None:
    """A description is a string without U+0000: any other is refused with 400, never coerced and never stored, and
    every such string is accepted, the empty one and one of many lines too.

    Null is no string; who has nothing to say leaves the description out.
    """
    writes = Refusals(api)
    for value in corpus.NOT_TEXT:
        _refused(writes, "description", value)
    for template in corpus.DESCRIPTIONS_WITH_NULL:
        _refused(writes, "description", template.replace("MARK", writes.text()))

    for description in corpus.DESCRIPTIONS_WITHOUT_NULL:
        _accepted(writes, "description", description)
    writes.leave_no_trace()


@requirement("input.done")
def test_done(api: Api) -> None:
    """Done is true or false: anything else is refused with 400, never coerced and never stored.

    Neither 0 nor 1, neither "true" nor null, though many a language takes them for one of the two.
    """
    writes = Refusals(api)
    for value in corpus.NOT_BOOLEAN:
        _refused(writes, "done", value)

    for done in (True, False, True):
        for answer in _accepted(writes, "done", done):
            shown = answer.document.get("done") if isinstance(answer.document, dict) else None
            if not same(shown, done):
                raise Blocked("create.stored", answer.exchange)
    _refused(writes, "done", None)
    writes.leave_no_trace()


@requirement("input.unknown", source="OWASP API3:2023")
def test_unknown(api: Api) -> None:
    """A member that a task does not have, or that only the server sets, such as id, is refused with 400.

    Ignored, it would tell a client with a typo in a name that all is well.
    """
    writes = Refusals(api)
    own_and_other = (("id", writes.target), ("id", writes.target + 1), ("id", 2**53))
    for name, value in (*own_and_other, *corpus.UNKNOWN):
        writes.refuse(f"the member {show({name: value}, 100)}", {**writes.body(), name: value}, 400)
    for name in ("id", "extra"):
        writes.refuse(f"the member {name} first", {name: writes.target, **writes.body()}, 400)
        writes.refuse(f"the member {name} beside the title only", {"title": writes.text(), name: writes.target}, 400)
    for own, other in corpus.INSTEAD:
        members = {other if name == own else name: value for name, value in writes.body().items()}
        writes.refuse(f"the member {other} instead of {own}", members, 400)

    for names in (("title",), ("done", "title"), ("description", "title"), ("done", "description", "title")):
        members = writes.body()
        writes.accept(f"the members {show(names)} only", {name: members[name] for name in names})
    writes.leave_no_trace()


@requirement("input.atomic")
def test_atomic(api: Api) -> None:
    """A refused request changes nothing: it creates no task, and stores none of the members that are valid.

    Judge the whole body before the first member is stored.
    """
    writes = Refusals(api)
    for owner, template in corpus.HALF_VALID:
        writes.stored_nothing_of(owner, writes.marked(template))
    writes.stored_nothing()

    writes.accept("the valid members alone", writes.body())
    writes.stored_nothing_of("wire.413", encode(writes.body()) + b" " * BODY_LIMIT)
    writes.stored_nothing()


@requirement("input.details", level="SHOULD")
def test_details(api: Api) -> None:
    """The refusal of an invalid task names the member at fault as the field of an entry of its details.

    A form can then show the message beside the input that it is about.
    """
    writes = Refusals(api)
    for owner, at_fault, body in _with_faults(writes):
        for answer in writes.send(body):
            if not is_refusal(answer):
                raise Blocked(owner, answer.exchange)
            if expect.error_problem(answer.document):
                raise Blocked("error.shape", answer.exchange)
            named = {entry["field"] for entry in answer.document.get("details", ())}
            if not named & at_fault or named & (body.keys() - at_fault):
                raise Violation(
                    f"The refusal of {answer.request_line} does not name what is at fault, and that only.",
                    expected=f"details with an entry whose field is {' or '.join(map(show, sorted(at_fault)))}",
                    received=answer.exchange.outcome,
                    evidence=answer.evidence(),
                    demands=[
                        NamesFields(answer.exchange, tuple(sorted(at_fault)), tuple(sorted(body.keys() - at_fault)))
                    ],
                )
    writes.accept("no fault", writes.body())


def _refused(writes: Refusals, member: str, value: JsonValue) -> None:
    writes.refuse(f"the {member} {show(value, 100)}", writes.body(**{member: value}), 400)


def _accepted(writes: Refusals, member: str, value: JsonValue) -> tuple[Answer, Answer]:
    return writes.accept(f"the {member} {show(value, 100)}", writes.body(**{member: value}))


def _with_faults(writes: Refusals) -> Iterator[tuple[str, set[str], Members]]:
    """Invalid bodies, the members at fault in each, and the requirement that owns the refusal."""
    faults: tuple[tuple[str, str, tuple[JsonValue, ...]], ...] = (
        ("input.title", "title", (None, 7, "", "a\nb")),
        ("text.length", "title", ("x" * 201,)),
        ("input.description", "description", (None, [], "\0")),
        ("text.length", "description", ("x" * 2001,)),
        ("input.done", "done", (None, "true", 1)),
        ("input.unknown", "id", (writes.target,)),
        ("input.unknown", "extra", (None, "text")),
    )
    for owner, name, values in faults:
        for value in values:
            yield owner, {name}, writes.body(**{name: value})
    yield "input.title", {"title"}, {"description": writes.text()}
    yield "input.done", {"title", "done"}, writes.body(title=None, done="no")


def _without(name: str, body: Members) -> Members:
    return {other: value for other, value in body.items() if other != name}
