"""Judge a variant by the requirements, on a target that is opened for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from contract.api import Api
from contract.judge import judge
from contract.plugin import GREETING_TIME
from contract.requirement import catalogue, law_of, select
from contract.session import Session
from contract.tasks import COLLECTION
from contract.transport import Options, Target
from contract.transport.opening import open_target
from contract.transport.wsgi import WsgiTarget
from tests.harmless import parts
from tests.harmless.base import Harmless, Served
from tests.harmless.http_server import serve

_MAX_TIME = 1800.0


@dataclass
class Judgement:
    """How many requirements were judged on a server, and what those say of it that did not pass, by their ids.

    Those that cannot be judged in process do not count there; over HTTP nothing may be left out.
    """

    check_runs: int = 0
    accusations: dict[str, str] = field(default_factory=dict)


def judged(kind: type[Harmless], only: tuple[str, ...] = (), skip: tuple[str, ...] = ()) -> Judgement:
    """Judge a server by the requirements chosen, if all of its variants have time for them.

    Durability is left out: these servers run in this process, which cannot be killed.
    """
    entries = select(catalogue(), only, ("durable", *skip))
    for variant in parts(kind):
        wanted = select(catalogue(), variant.only)
        entries = [entry for entry in entries if entry in wanted]
    judgement = Judgement()
    with _opened(kind()) as target, _session(target) as session:
        session.greet(COLLECTION, GREETING_TIME)
        for entry in entries:
            result = judge(entry, law_of(entry), session)
            if result.status == "skipped" and target.in_process:
                continue
            judgement.check_runs += 1
            if result.status != "pass":
                found = [f"{v.message} Expected {v.expected}; received {v.received}." for v in result.violations]
                judgement.accusations[entry.id] = " ".join([result.status, result.reason or "", *found])
    return judgement


@contextmanager
def _opened(server: Harmless) -> Iterator[Target]:
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, server.environment))
        target: Target = WsgiTarget(server, url=server.url)
        if isinstance(server, Served):
            target = open_target(stack.enter_context(serve(server)), Options())
        stack.enter_context(server.beside(target))
        yield target


@contextmanager
def _session(target: Target) -> Iterator[Session]:
    session = Session(target, max_time=_MAX_TIME)
    try:
        yield session
        Api(session).clean_up()
    finally:
        session.close()
