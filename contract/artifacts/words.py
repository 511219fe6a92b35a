"""Requests as words of a script: ids and entity tags stand in variables, and the user's headers are left to it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from contract.artifacts.mentions import AFTER, ID_MEMBER, SEGMENT, TOKEN, is_id, mention
from contract.corpora.ids import DIGITS
from contract.shell import escaped, expanded, has_variable, header_word, literal, print_bytes
from contract.tags import names_tag, with_tags
from contract.tasks import COLLECTION
from contract.transport import Headers, Request, Target


@dataclass
class Words:
    """Writes requests; ``ids`` and ``tags`` have the variables that the script keeps them in."""

    target: Target
    ids: dict[int, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def variable(self, number: int, *, is_after: bool = False) -> str | None:
        """How a script writes an id, ``None`` where it stands for itself."""
        found = mention(number, list(self.ids), is_after=is_after)
        if found is None:
            return None
        name = self.ids[found.id]
        if found.offset == 0:
            return f"${{{name}}}"
        if found.offset >= -1:
            return f"$(({name} {'-' if found.offset < 0 else '+'} {abs(found.offset)}))"
        return f"$(({name} > {-found.offset} ? {name} - {-found.offset} : 0))"

    def command(self, request: Request, program: str) -> str:
        """The request as a command line of curl, which sends no body with HEAD, that begins with ``program``."""
        words = [program, *self.options(request)]
        if request.body is None or request.method == "HEAD":
            return " ".join(words)
        word = self.literal(request.body)
        if word is not None:
            return " ".join([*words, "--data-raw", word])
        return f"{print_bytes(request.body)} | {' '.join([*words, '--data-binary', '@-'])}"

    def options(self, request: Request) -> Iterator[str]:
        """The words of a request but its body."""
        if request.method == "HEAD":
            yield "-I"
        elif request.method != "GET" or request.body is not None:
            yield f"-X {shlex.quote(request.method)}"
        if re.search(r"[][{}]", request.path):
            yield "-g"
        if re.search(r"/(\.|%2e){1,2}(/|\?|$)", request.path, re.IGNORECASE):
            yield "--path-as-is"
        yield f'"{"$origin" if request.rooted else "$url"}{self.path(request.path)}"'
        if self.overrides(request):
            yield from (f"-H {user_header(name, value)}" for name, value in self._of_the_user(request))
        for name, value in request.headers:
            yield f"-H {self.header(name, value)}"
        if request.body is not None and not any(name.lower() == "content-type" for name, _ in request.headers):
            yield "-H Content-Type:"

    def path(self, path: str) -> str:
        """A path and query as they stand in double quotes."""
        segment = SEGMENT.match(path)
        disguised = self._disguised(segment[1]) if segment is not None else None
        plain, question_mark, query = path.partition("?")
        if segment is not None and disguised is not None:
            shown = f"{COLLECTION}/{disguised}{escaped(plain[segment.end() :])}"
        elif segment is not None:
            tokens = (
                (is_id(token) and self.variable(int(token))) or escaped(token) for token in TOKEN.findall(segment[1])
            )
            shown = f"{COLLECTION}/{''.join(tokens)}{escaped(plain[segment.end() :])}"
        else:
            shown = escaped(plain)
        parts, position = [shown], 0
        whole = question_mark + query
        for found in AFTER.finditer(whole):
            variable = self.variable(int(found[0]), is_after=True)
            if variable is not None:
                parts += [escaped(whole[position : found.start()]), variable]
                position = found.end()
        return "".join([*parts, escaped(whole[position:])])

    def _disguised(self, segment: str) -> str | None:
        """How a script writes an id in the digits of another script, ``None`` where the segment is no such thing."""
        text = unquote(segment, errors="replace")
        if not text.isdigit() or text.isascii():
            return None
        for digits in DIGITS:
            number = "".join(str(digits.find(c)) for c in text)
            variable = self.variable(int(number)) if number.isdigit() else None
            if variable is not None:
                return f"$(in_digits {variable} {' '.join(quote(digit) for digit in digits)})"
        return None

    def has_tag(self, name: str, value: str) -> bool:
        """Whether a header has an entity tag that the script keeps in a variable."""
        return value.isascii() and any(names_tag(((name, value),), tag) for tag in self.tags)

    def header(self, name: str, value: str) -> str:
        """A header as a word."""
        if self.has_tag(name, value):
            return f'"{name}: {with_tags(escaped(value), self.tags)}"'
        return header_word(name, value)

    def raw_headers(self, request: Request) -> Iterator[str]:
        """The headers of a request as words, those of the user included."""
        yield from (user_header(name, value) for name, value in self._of_the_user(request))
        yield from (self.header(name, value) for name, value in request.headers)

    def overrides(self, request: Request) -> bool:
        """Whether a request has a header that the user gives for all of them."""
        return len(self._of_the_user(request)) < len(self.target.shown_headers)

    def _of_the_user(self, request: Request) -> Headers:
        named = {name.lower() for name, _ in request.headers}
        return tuple(pair for pair in self.target.shown_headers if pair[0].lower() not in named)

    def literal(self, body: bytes) -> str | None:
        """A body as one word, with variables for the ids in it, ``None`` where it is too long or not plain text."""
        word = literal(body)
        if word is None:
            return None
        text, parts, position = body.decode("utf-8"), [], 0
        for found in ID_MEMBER.finditer(text):
            variable = self.variable(int(found[1]))
            if variable is not None:
                parts += [shlex.quote(text[position : found.start(1)]), f'"{variable}"']
                position = found.end(1)
        return "".join([*parts, shlex.quote(text[position:])]) if position else word


def user_header(name: str, value: str) -> str:
    """A header that the user gives, as a word; a variable of the environment stays one."""
    return expanded(f"{name}: {value}") if has_variable(value) else header_word(name, value)
