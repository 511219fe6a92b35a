"""Exchanges as lines of a script: ids, entity tags and links are taken from the answers that the script gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from contract.artifacts.mentions import ID_MEMBER, ids_in, numbers_in
from contract.artifacts.words import Words
from contract.exchange import Exchange, created_id, next_reference
from contract.shell import literal, print_bytes
from contract.tags import names_tag, tag_in
from contract.tasks import COLLECTION

_FEW = 5
_MANY = 20
_MOST_TURNS = 40


@dataclass
class Acts(Words):
    """Writes exchanges as lines; ``numbers`` tells under which number a script keeps the answer to each.

    ``named`` are the ids that the checks speak of, ``known`` all that these exchanges created. The answers may be asked
    for one by one, or, where that ``keeps_connections``, as many as can be by one curl.
    """

    named: frozenset[int] = frozenset()
    known: Sequence[int] = ()
    keeps_connections: bool = False
    numbers: dict[int, int] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    connections: int = 0
    lines: list[str] = field(default_factory=list)

    def write(self, exchanges: Sequence[Exchange], later: Sequence[Exchange] = ()) -> None:
        """Add the lines of these exchanges, which come one after the other; ``later`` ones need what they answer."""
        position = 0
        while position < len(exchanges):
            rest = exchanges[position:]
            run = _run(rest, _is_plain_creation)
            reads = _run(rest, lambda e: self.keeps_connections and self._is_plain_read(e))
            turns = self._turns(rest) if self.keeps_connections else ()
            if len(run) >= _FEW:
                self._create_each(run)
            elif len(reads) >= _MANY:
                run = reads
                self._read_each(run)
            elif turns:
                run = turns
                self._in_turn(run, [*exchanges[position + len(run) :], *later])
            else:
                run = rest[:1]
                self._ask(run[0], [*exchanges[position + 1 :], *later])
            position += len(run)

    def number(self, exchange: Exchange) -> int:
        """The number of the answer to an exchange that was written."""
        return self.numbers[id(exchange)]

    def _take_number(self, exchange: Exchange) -> int:
        return self.numbers.setdefault(id(exchange), len(self.numbers) + 1)

    def _create_each(self, run: Sequence[Exchange]) -> None:
        first = self._take_number(run[0])
        name = len(self.ids) + 1
        for exchange in run:
            self._take_number(exchange)
            self.ids[created_id(exchange) or 0] = f"id{len(self.ids) + 1}"
        bodies = [(exchange.request.body or b"").decode() for exchange in run]
        self.lines += [f"create_each {first} {name} <<'EOF'", *bodies, "EOF"]

    def _read_each(self, run: Sequence[Exchange]) -> None:
        numbers = [self._take_number(exchange) for exchange in run]
        variables = (self.variable(next(iter(numbers_in(exchange.request.path)))[0]) for exchange in run)
        self.lines.append(f"read_each {numbers[0]} {' '.join(map(str, variables))}")

    def _turns(self, exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
        """The first of these exchanges, as many as need nothing that the answers to the others bring."""
        found: list[Exchange] = []
        for exchange in exchanges[:_MOST_TURNS]:
            request = exchange.request
            if (
                request.followed
                or self.overrides(request)
                or len(_run(exchanges[len(found) :], _is_plain_creation)) >= _FEW
            ):
                break
            found.append(exchange)
            later = exchanges[len(found) :]
            id, tag = created_id(exchange), tag_in(exchange)
            if id is not None and any(id in ids_in(e.request, self.known) for e in later):
                break
            if tag is not None and tag not in self.tags and any(names_tag(e.request.headers, tag) for e in later):
                break
        return found

    def _in_turn(self, run: Sequence[Exchange], later: Sequence[Exchange]) -> None:
        ports: dict[int, int] = {}
        self.lines.append("{")
        for exchange in run:
            if exchange.connection not in ports:
                # Servers are known to tell workers by the parity of the port.
                ports[exchange.connection] = 2 * self.connections + exchange.connection % 2
                self.connections += 1
            number, request = self._take_number(exchange), exchange.request
            words = [f"turn {number} {ports[exchange.connection]} curl", *self.options(request)]
            if request.body is not None and request.method != "HEAD":
                word = self.literal(request.body)
                if word is None:
                    self.lines.append(f'{print_bytes(request.body)} >"$dir/{number}.sent"')
                words.append(f"--data-raw {word}" if word is not None else f'--data-binary "@$dir/{number}.sent"')
            self.lines.append(" ".join(words))
        self.lines += ["} | in_turn", "heads"]
        for position, exchange in enumerate(run):
            self._keep(exchange, [*run[position + 1 :], *later])

    def _is_plain_read(self, exchange: Exchange) -> bool:
        request = exchange.request
        found = re.fullmatch(re.escape(COLLECTION) + "/([0-9]+)", request.path)
        is_plain = request.method == "GET" and not request.headers
        is_plain = is_plain and exchange.response is not None and exchange.response.status == 200
        return is_plain and found is not None and int(found[1]) in self.ids

    def _ask(self, exchange: Exchange, later: Sequence[Exchange]) -> None:
        number = self._take_number(exchange)
        link = self.pages.get(exchange.request.path)
        if link is not None and exchange.request.followed:
            self.lines.append(f"follow {number} {link}")
        else:
            ask = "alone" if self.overrides(exchange.request) else "ask"
            self.lines.append(self.command(exchange.request, f"{ask} {number} curl"))
        self._keep(exchange, later)

    def _keep(self, exchange: Exchange, later: Sequence[Exchange]) -> None:
        """Keep what later lines need of an answer."""
        number = self.number(exchange)
        self._keep_id(exchange, number, later)
        self._keep_tag(exchange, number, later)
        self._keep_link(exchange, number)
        status = exchange.response.status if exchange.response is not None else 0
        if self.keeps_connections and exchange.request.method in ("POST", "PUT") and status in (200, 201):
            self.lines.append(f"remember {number}")

    def _keep_id(self, exchange: Exchange, number: int, later: Sequence[Exchange]) -> None:
        new = created_id(exchange)
        if new is None or not (new in self.named or any(new in ids_in(e.request, self.known) for e in later)):
            return
        # An id that comes again is a new one.
        self.ids[new] = f"id{len(set(self.ids.values())) + 1}" if new not in self.ids else f"{self.ids[new]}b"
        self.lines.append(f"{self.ids[new]}=$(id_of {number}) || quit {number}")

    def _keep_tag(self, exchange: Exchange, number: int, later: Sequence[Exchange]) -> None:
        tag = tag_in(exchange)
        if tag is None or tag in self.tags or not any(names_tag(e.request.headers, tag) for e in later):
            return
        self.tags[tag] = f"tag{len(self.tags) + 1}"
        self.lines.append(f"{self.tags[tag]}=$(tag_of {number}) || quit {number}")

    def _keep_link(self, exchange: Exchange, number: int) -> None:
        reference = next_reference(exchange)
        if reference is None:
            return
        base = self.target.url
        parts = urlsplit(urljoin(base + exchange.request.path, reference))
        path = parts.path.removeprefix(urlsplit(base).path) + (f"?{parts.query}" if parts.query else "")
        self.pages[path] = number


def _is_plain_creation(exchange: Exchange) -> bool:
    request = exchange.request
    is_plain = request.path == COLLECTION and request.headers == (("Content-Type", "application/json"),)
    body = request.body or b""
    return (
        is_plain
        and created_id(exchange) is not None
        and literal(body) is not None
        and body.isascii()
        and ID_MEMBER.search(body.decode()) is None
    )


def _run(exchanges: Sequence[Exchange], is_one: Callable[[Exchange], bool]) -> Sequence[Exchange]:
    count = next((i for i, exchange in enumerate(exchanges) if not is_one(exchange)), len(exchanges))
    return exchanges[:count]
