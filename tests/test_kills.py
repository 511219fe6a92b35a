"""A thousand kills of the reference server on SQLite under load: no acknowledged write is lost, no id issued again.

Run by ``tox -e kills``, since it takes a quarter of an hour.
"""

from __future__ import annotations

import shlex
import sys
from contextlib import closing

import pytest

from contract.api import Api
from contract.crash import Moment, end_under_load, start_again
from contract.exchange import created_id
from contract.launch import LaunchedServer
from contract.laws.test_durable import require_kept
from contract.session import Session
from contract.transport import Options
from contract.transport.opening import open_target

pytestmark = pytest.mark.kills

COMMAND = f"{shlex.quote(sys.executable)} -m reference_app --port {{port}} --store sqlite:///{{data}}/tasks.db"
STORES = 4
KILLS = 250
"""Kills of each store."""

KEPT = 10
"""Each tenth kill leaves its tasks in the store."""


@pytest.mark.parametrize("store", range(STORES))
def test_nothing_is_lost(store: int) -> None:
    issued: set[int] = set()
    writes = 0
    with closing(LaunchedServer(COMMAND)) as server:
        target = open_target(server.url, Options())
        with closing(Session(target, max_time=3600, server=server)) as session:
            api = Api(session)
            start_again(api, server)
            for number in range(KILLS):
                api.begin()
                moment = Moment(acknowledged=5 + (37 * number + store) % 60, delay=(number % 11) * 0.0004)
                records = end_under_load(api, server, moment)
                start_again(api, server)
                require_kept(api, records)
                new = [id for exchange in api.journal.exchanges if (id := created_id(exchange)) is not None]
                assert len(set(new)) == len(new)
                assert issued.isdisjoint(new)
                issued.update(new)
                writes += sum(len(record.told) for record in records)
                if number % KEPT:
                    api.clean_up()
                else:
                    session.ledger.alive.clear()

    assert writes > KILLS
