"""Demands as lines of a script: each ends it with 1 where the server still does not meet the demand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from functools import singledispatch

from contract import demand as of
from contract.artifacts.acts import Acts
from contract.artifacts.prelude import flat_lines
from contract.exchange import Exchange
from contract.jsontext import JsonValue, printable, shorten, show
from contract.shell import escaped

_ID_LINE = re.compile(r"((?:\[\d+\])?\.id) ([0-9]+)")


def check(wanted: of.Demand, acts: Acts) -> list[str]:
    """The lines that check a demand."""
    return list(_check(wanted, acts, acts.number(wanted.answer)))


def unlike(exchange: Exchange, acts: Acts) -> list[str]:
    """The lines that check that an answer is another than it was."""
    number = acts.number(exchange)
    if exchange.response is None:
        return [f'[ "$(status {number})" != 000 ] || broken {number} "an answer"']
    head = f"if status_is {number} {exchange.response.status} && body_is {number} <<EOF"
    return [head, *_lines(exchange.document, acts), "EOF", f'then broken {number} "another answer"; fi']


@singledispatch
def _check(wanted: of.Demand, acts: Acts, number: int) -> Iterator[str]:
    raise TypeError(f"{type(wanted).__name__} is no demand that a script can check.")


@_check.register
def _(wanted: of.Status, acts: Acts, number: int) -> Iterator[str]:
    allowed = [*wanted.allowed, *(["none"] if wanted.answer.request.followed else [])]
    patterns = " ".join(shlex.quote(str(status).replace("x", "?")) for status in allowed)
    yield f"status_is {number} {patterns} || {_broken(number, 'status ' + ' or '.join(map(str, wanted.allowed)))}"


@_check.register
def _(wanted: of.Document, acts: Acts, number: int) -> Iterator[str]:
    yield from _with_lines(f"body_is {number}", wanted.value, acts, _broken(number, _short(wanted.value)))


@_check.register
def _(wanted: of.HasMembers, acts: Acts, number: int) -> Iterator[str]:
    yield from _with_lines(
        f"body_has {number}", dict(wanted.values), acts, _broken(number, _short(dict(wanted.values)))
    )


@_check.register
def _(wanted: of.SameAnswer, acts: Acts, number: int) -> Iterator[str]:
    first, broken = acts.number(wanted.first), _broken(number, "the same answer as before")
    yield f'[ "$(status {number})" = "$(status {first})" ] || {broken}'
    yield f"same_document {number} {first} || {broken}"


@_check.register
def _(wanted: of.IsError, acts: Acts, number: int) -> Iterator[str]:
    broken = _broken(number, 'an Error: {"error": text} and optional details')
    yield f"header {number} content-type | grep -qiE '^application/json *(;|$)' || {broken}"
    yield f"is_error {number} || {broken}"


@_check.register
def _(wanted: of.IsTask, acts: Acts, number: int) -> Iterator[str]:
    count, what = ("'*'", "an array of tasks, or an Error") if wanted.is_list else ("1", "a task, or an Error")
    shape = f"if status_is {number} '4??'; then is_error {number}; else are_tasks {number} {count}; fi"
    yield f"{{ {shape}; }} || {_broken(number, what)}"


@_check.register
def _(wanted: of.NamesFields, acts: Acts, number: int) -> Iterator[str]:
    broken = _broken(number, f"details that name {' or '.join(wanted.at_fault)} and nothing else")
    for sign, names in (("", wanted.at_fault), ("! ", wanted.others)):
        pattern = f'^\\.details\\[[0-9]+\\]\\.field "({"|".join(names)})"$'
        if names:
            yield f"{sign}flat {number} | grep -qE '{pattern}' || {broken}"


@_check.register
def _(wanted: of.NoBody, acts: Acts, number: int) -> Iterator[str]:
    request = wanted.answer.request
    yield f'[ ! -s "$dir/{number}.body" ] || {_broken(number, "no body")}'
    words = " ".join([request.method, f'"{acts.path(request.path)}"', *acts.raw_headers(request)])
    yield f'[ "$(bytes_after_head {words})" = 0 ] || {_broken(number, "no body")}'


@_check.register
def _(wanted: of.Lacks, acts: Acts, number: int) -> Iterator[str]:
    text = shlex.quote(wanted.text)
    broken = _broken(number, f"an answer without {shorten(printable(wanted.text), 80)}")
    yield f'! grep -qF -e {text} "$dir/{number}.head" "$dir/{number}.body" || {broken}'


@_check.register
def _(wanted: of.Field, acts: Acts, number: int) -> Iterator[str]:
    broken = _broken(number, f"{wanted.name}, matching {wanted.pattern}")
    yield f"header {number} {wanted.name.lower()} | grep -qE -e {shlex.quote(wanted.pattern)} || {broken}"


@_check.register
def _(wanted: of.SameField, acts: Acts, number: int) -> Iterator[str]:
    source, name = acts.number(wanted.source), wanted.name.lower()
    what = f"{wanted.name} {'other than' if wanted.differs else 'as'} in answer {source}"
    condition = f"{'! ' if wanted.differs else ''}same_field {number} {source} {name}"
    yield f"{condition} || {_broken(number, what)}"


@_check.register
def _(wanted: of.Allows, acts: Acts, number: int) -> Iterator[str]:
    methods = sorted(wanted.methods)
    found = f"header {number} allow | tr -d ' \\t' | tr ',' '\\n' | grep . | sort -u | tr '\\n' ' '"
    yield f'[ "$({found})" = "{" ".join(methods)} " ] || {_broken(number, "Allow: " + ", ".join(methods))}'


@_check.register
def _(wanted: of.LeadsTo, acts: Acts, number: int) -> Iterator[str]:
    id = acts.variable(wanted.id) or wanted.id
    broken = _broken(number, "a Location that leads to the new task")
    yield f"case $(header {number} location) in"
    yield f'*://*"$base/tasks/{id}" | "$base/tasks/{id}" | "tasks/{id}" | "./tasks/{id}") ;;'
    yield f"*) {broken} ;;"
    yield "esac"


@_check.register
def _(wanted: of.LikeGet, acts: Acts, number: int) -> Iterator[str]:
    got, broken = acts.number(wanted.got), _broken(number, f"the {wanted.what} that GET has")
    if wanted.what == "status":
        yield f'[ "$(status {number})" = "$(status {got})" ] || {broken}'
    elif wanted.what == "Content-Length":
        length = f"header {number} content-length"
        yield f'[ -z "$({length})" ] || [ "$({length})" -eq "$(($(wc -c <"$dir/{got}.body")))" ] || {broken}'
    else:
        pair = " = ".join(
            f"\"$(header {n} {wanted.what.lower()} | tr -d ' \\\"' | tr 'A-Z' 'a-z')\"" for n in (number, got)
        )
        yield f"[ {pair} ] || {broken}"


@_check.register
def _(wanted: of.OtherIds, acts: Acts, number: int) -> Iterator[str]:
    for before in wanted.before:
        first = acts.number(before)
        broken = _broken(number, f"another id than in answer {first}")
        yield f'[ "$(id_of {number})" != "$(id_of {first})" ] || {broken}'


@_check.register
def _(wanted: of.IdInRange, acts: Acts, number: int) -> Iterator[str]:
    broken = _broken(number, "an id from 1 to 9007199254740991")
    yield f"id_of {number} | grep -qE '^[1-9][0-9]{{0,15}}$' || {broken}"


@_check.register
def _(wanted: of.IsList, acts: Acts, number: int) -> Iterator[str]:
    broken = _broken(number, "an array of tasks")
    yield f"flat {number} | grep -qx '\\. array' || {broken}"
    yield f"! flat {number} | grep -E '^\\[[0-9]+\\] ' | grep -qv ' object$' || {broken}"


@_check.register
def _(wanted: of.Listed, acts: Acts, number: int) -> Iterator[str]:
    id = acts.variable(wanted.id) or str(wanted.id)
    as_it_is = f", as {_short(dict(wanted.values))}" if wanted.values else ""
    broken = _broken(number, f"a page that has task {id} once{as_it_is}")
    yield from _with_lines(f"entry_is {number} {id}", dict(wanted.values), acts, broken)


@_check.register
def _(wanted: of.NotListed, acts: Acts, number: int) -> Iterator[str]:
    id = acts.variable(wanted.id) or str(wanted.id)
    yield f"! ids_of {number} | grep -qxF -e {id} || {_broken(number, f'a page without task {id}')}"


@_check.register
def _(wanted: of.NoneTitled, acts: Acts, number: int) -> Iterator[str]:
    (line,) = flat_lines(wanted.title, ".title")
    count = f"flat {number} | sed 's/^\\[[0-9]*\\]//' | grep -cxF -e {shlex.quote(line)}"
    yield f'[ "$({count})" -eq {wanted.times} ] || {_broken(number, f"a page with {wanted.times} tasks of this title")}'


@_check.register
def _(wanted: of.IfRefused, acts: Acts, number: int) -> Iterator[str]:
    yield f"if status_is {number} '4??'; then"
    yield from check(wanted.then, acts)
    yield "fi"


@_check.register
def _(wanted: of.ListedAs, acts: Acts, number: int) -> Iterator[str]:
    id, read = acts.variable(wanted.id) or str(wanted.id), acts.number(wanted.read)
    broken = _broken(number, f"task {id} as it reads by id")
    yield f'[ "$(entry {number} {id} | sort)" = "$(flat {read} | sort)" ] || {broken}'


@_check.register
def _(wanted: of.InOrder, acts: Acts, number: int) -> Iterator[str]:
    broken = _broken(number, "ascending ids, none twice")
    yield f'[ "$(ids_of {number})" = "$(ids_of {number} | sort -n -u)" ] || {broken}'


@_check.register
def _(wanted: of.AtMost, acts: Acts, number: int) -> Iterator[str]:
    yield f'[ "$(ids_of {number} | wc -l)" -le {wanted.count} ] || {_broken(number, f"at most {wanted.count} tasks")}'


@_check.register
def _(wanted: of.AllAfter, acts: Acts, number: int) -> Iterator[str]:
    id = acts.variable(wanted.id, is_after=True) or str(wanted.id)
    smallest = f"{{ ids_of {number}; echo 9007199254740992; }} | sort -n | head -n 1"
    yield f'[ "$({smallest})" -gt {id} ] || {_broken(number, f"ids greater than {id}")}'


@_check.register
def _(wanted: of.SamePage, acts: Acts, number: int) -> Iterator[str]:
    other = acts.number(wanted.other)
    yield f'[ "$(ids_of {number})" = "$(ids_of {other})" ] || {_broken(number, f"the tasks of answer {other}")}'


@_check.register
def _(wanted: of.NoNext, acts: Acts, number: int) -> Iterator[str]:
    yield f'[ -z "$(next_of {number})" ] || {_broken(number, "no Link to a next page")}'


@_check.register
def _(wanted: of.Visited, acts: Acts, number: int) -> Iterator[str]:
    id = acts.variable(wanted.id) or str(wanted.id)
    numbers = " ".join(str(acts.number(page)) for page in wanted.pages)
    yield f'pages="{numbers}"'
    yield f"rest {number}"
    count = f'for page in $pages; do ids_of "$page"; done | grep -cxF -e {id}'
    what = f"task {id} {wanted.times} times on the pages up to this one and after it"
    yield f'[ "$({count})" -eq {wanted.times} ] || {_broken(number, what)}'


def _broken(number: int, what: str) -> str:
    return f"broken {number} {_word(what)}"


def _word(text: str) -> str:
    """Text for people as a word; the variables of ids in it are put in."""
    parts = re.split(r"(\$\{id\w+\})", printable(text))
    return '"' + "".join(part if index % 2 else escaped(part) for index, part in enumerate(parts)) + '"'


def _short(value: JsonValue) -> str:
    return show(value, 120)


def _with_lines(command: str, value: JsonValue, acts: Acts, otherwise: str) -> Iterator[str]:
    yield f"{command} <<EOF || {otherwise}"
    yield from _lines(value, acts)
    yield "EOF"


def _lines(value: JsonValue, acts: Acts) -> Iterable[str]:
    for line in flat_lines(value):
        found = _ID_LINE.fullmatch(line)
        variable = acts.variable(int(found[2])) if found else None
        yield f"{found[1]} {variable}" if found and variable else re.sub(r"[`$]", r"\\\g<0>", line)
