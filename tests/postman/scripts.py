"""The lines of script that run in Postman after an answer, or before a request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Script = tuple[str, ...]


def has_status(allowed: Iterable[int]) -> Script:
    """The status is one of those allowed."""
    codes = list(allowed)
    name = " or ".join(map(str, codes))
    return (f"pm.test({_text(f'The status is {name}.')}, () => pm.expect(pm.response.code).to.be.oneOf({codes}));",)


def has_header(name: str, pattern: str | None) -> Script:
    """The answer has a header, which the pattern describes."""
    check = f"to.match(new RegExp({_text(pattern)}))" if pattern else "to.be.a('string')"
    return (f"pm.test({_text(f'{name} is sent.')}, () => pm.expect(pm.response.headers.get({_text(name)})).{check});",)


def has_body(schema: str) -> Script:
    """The body is JSON that meets the schema in the collection variable of this name."""
    return (
        f"pm.test({_text(f'The body is {schema}, as JSON.')}, () => {{",
        "    pm.expect(pm.response.headers.get('Content-Type')).to.match(/^application\\/json *(;|$)/i);",
        f"    pm.response.to.have.jsonSchema(JSON.parse(pm.collectionVariables.get({_text(schema)})));",
        "});",
    )


def keep_id(variable: str) -> Script:
    """Keep the id of the new task, and the one before it, from which a page begins with the task."""
    return (
        "const id = pm.response.json().id;",
        f"pm.collectionVariables.set({_text(variable)}, id);",
        f"pm.collectionVariables.set({_text(before(variable))}, id - 1);",
        "pm.test('Location leads to the task.', () => {",
        "    pm.expect(pm.response.headers.get('Location')).to.match(new RegExp(`(^|/)tasks/${id}([?#]|$)`));",
        "});",
    )


def before(variable: str) -> str:
    """The variable that has the id before the one in this variable."""
    return f"{variable}Before"


def keep_tag(variable: str) -> Script:
    """Keep the entity tag of the answer."""
    return (f"pm.collectionVariables.set({_text(variable)}, pm.response.headers.get('ETag'));",)


def shows(variable: str, members: Mapping[str, Any]) -> Script:
    """The body is the task in this variable, with exactly these members."""
    task = f"{{ id: {_id(variable)}, ...{_text(members)} }}"
    return (
        "pm.test('The task is as it was written.', () => {",
        f"    pm.expect(pm.response.json()).to.eql({task});",
        "});",
    )


def begins_with(variable: str) -> Script:
    """The list begins with the task in this variable."""
    return (
        "pm.test('The list begins with the task.', () => {",
        f"    pm.expect(pm.response.json()[0].id).to.equal({_id(variable)});",
        "});",
    )


def has_only(done: bool) -> Script:
    """Every task listed has this value of ``done``."""
    return (
        f"pm.test({_text(f'Every task listed has done={_text(done)}.')}, () => {{",
        f"    pm.expect(pm.response.json().filter((task) => task.done !== {_text(done)})).to.eql([]);",
        "});",
    )


def lacks(variable: str) -> Script:
    """The list is without the task in this variable."""
    return (
        "pm.test('The list is without the task.', () => {",
        f"    pm.expect(pm.response.json().map((task) => task.id)).not.to.include({_id(variable)});",
        "});",
    )


def fill(variable: str, length: int) -> Script:
    """Fill a variable with so many spaces."""
    return (f"pm.collectionVariables.set({_text(variable)}, ' '.repeat({length}));",)


def _id(variable: str) -> str:
    return f"pm.collectionVariables.get({_text(variable)})"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
