"""The options of the plugin, and what they ask for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

import pytest

from contract import CONTRACT_VERSION, explore
from contract.baseline import Baseline
from contract.explore import Exploration
from contract.guest import Guest
from contract.launch import START_TIME, BadCommand, LaunchedServer, can_judge_two
from contract.rate import Pace
from contract.session import DEFAULT_MAX_TIME, Session
from contract.transport import Options, Tls
from contract.transport.opening import BadTarget, open_target, read_headers, variables_in

_PREFIX = "--contract-"


def add_options(parser: pytest.Parser) -> None:
    """Declare the options, each ``--contract-…``."""
    group = parser.getgroup("contract", "the task contract")
    add = group.addoption
    add(f"{_PREFIX}target", metavar="TARGET", help="URL of the API, or wsgi:package.module:app")
    add(f"{_PREFIX}only", metavar="NAME", action="append", default=[], help="judge these ids, topics or core")
    add(f"{_PREFIX}skip", metavar="NAME", action="append", default=[], help="leave out these ids, topics or core")
    add(
        f"{_PREFIX}version", metavar="VERSION", default=CONTRACT_VERSION, help="of the contract; an older one is pinned"
    )
    add(f"{_PREFIX}header", metavar="'NAME: VALUE'", action="append", default=[], help="send with each request")
    add(f"{_PREFIX}timeout", metavar="SECONDS", type=float, default=Options.timeout, help="for one answer")
    add(f"{_PREFIX}max-time", metavar="SECONDS", type=float, default=DEFAULT_MAX_TIME, help="for the whole run")
    add(f"{_PREFIX}ca-file", metavar="FILE", help="certificates to trust, PEM")
    add(f"{_PREFIX}client-cert", metavar="FILE", help="certificate to present, PEM")
    add(f"{_PREFIX}client-key", metavar="FILE", help="key of that certificate, PEM")
    add(f"{_PREFIX}insecure", action="store_true", help="do not verify the server's certificate")
    add(f"{_PREFIX}command", metavar="COMMAND", help="start the server itself: {port} and {data} are filled in")
    add(
        f"{_PREFIX}copies",
        metavar="NUMBER",
        type=int,
        default=1,
        choices=(1, 2),
        help="of it to judge at the same time",
    )
    add(f"{_PREFIX}copy", metavar="TARGET", help="URL of a second copy that runs already")
    add(f"{_PREFIX}start-time", metavar="SECONDS", type=float, default=START_TIME, help="for its first answer")
    add(f"{_PREFIX}durable", action="store_true", help="kill it and start it again: it is to keep its tasks")
    add(f"{_PREFIX}intrusive", action="store_true", help="stall connections to a target on another machine too")
    add(f"{_PREFIX}baseline", metavar="FILE", type=Path, help="known violations, which are accepted")
    add(f"{_PREFIX}write-baseline", metavar="FILE", type=Path, help="bring that file up to date with this run")
    add(f"{_PREFIX}next", action="store_true", help="end at the first requirement that is not met, and explain it")
    add(f"{_PREFIX}read-only", action="store_true", help="send nothing but GET, HEAD and OPTIONS")
    add(f"{_PREFIX}explore", action="store_true", help="try more cases, and others each time")
    add(f"{_PREFIX}seed", metavar="NUMBER", type=int, help="explore what that run explored")
    add(f"{_PREFIX}for", metavar="TIME", help="explore for 90s, 10m or 2h")
    add(f"{_PREFIX}examples", metavar="PLACE", help="folder or redis:// URL: keep what is found, and try it first")
    add(f"{_PREFIX}rate", metavar="NUMBER", type=float, help="send at most so many requests a second")


def launched_server(config: pytest.Config) -> LaunchedServer | None:
    """The server of the command, which ends with pytest; ``None`` without a command."""
    option = config.getoption
    if option("contract_command") is None:
        if option("contract_durable"):
            raise BadCommand(f"{_PREFIX}durable needs {_PREFIX}command: what is to be killed must be started.")
        return None
    return _launched(config)


def copied_server(config: pytest.Config) -> LaunchedServer | None:
    """The second copy of the server of the command, where the options ask for one."""
    option = config.getoption
    if option("contract_copies") < 2:
        return None
    if option("contract_command") is None:
        raise BadCommand(f"{_PREFIX}copies needs {_PREFIX}command: what is to be there twice must be started.")
    return _launched(config)


def _launched(config: pytest.Config) -> LaunchedServer:
    option = config.getoption
    server = LaunchedServer(option("contract_command"), option("contract_target"), option("contract_start_time"))
    config.add_cleanup(server.close)
    return server


def baseline_of(config: pytest.Config, ids: Collection[str]) -> Baseline:
    """The baseline that the options name; raises ``BadBaseline`` where it, or the one to write, is of no use."""
    file, written = config.getoption("contract_baseline"), config.getoption("contract_write_baseline")
    if file is None and written is None:
        return Baseline({}, date.today())
    from contract.baseline_file import read_baseline, require_writable  # YAML takes a while to import

    if written is not None:
        require_writable(written, ids)
    return Baseline(read_baseline(file, ids) if file is not None else {}, date.today())


def target_of(config: pytest.Config, server: LaunchedServer | None) -> str:
    """What is judged, as the user names it, or the URL of the ``server`` of the command."""
    target: str = config.getoption("contract_target") if server is None else server.url
    return target


def session_of(config: pytest.Config, server: LaunchedServer | None) -> Session:
    """The session with the target that the options name, or with the ``server`` of the command.

    Raises ``BadTarget``, ``BadApplication`` or ``BadOption``.
    """
    option = config.getoption
    exploration = explore.chosen(
        on=option("contract_explore"),
        seed=option("contract_seed"),
        duration=option("contract_for"),
        examples=option("contract_examples"),
    )
    # The workers of pytest-xdist are told the same.
    config.option.contract_seed = exploration.seed or None
    server_to_kill = server if option("contract_durable") else None
    return _session_at(target_of(config, server), config, exploration=exploration, server=server_to_kill)


def copied_session(config: pytest.Config, server: LaunchedServer | None) -> Session | None:
    """The session with the second copy: the ``server`` of the command, or one that the options name.

    Raises ``BadCommand`` where two cannot be judged.
    """
    target = server.url if server is not None else config.getoption("contract_copy")
    if target is not None and not can_judge_two():
        raise BadCommand("A second copy takes a system that can fork, and two processors.")
    return _session_at(target, config) if target is not None else None


def _session_at(
    target: str, config: pytest.Config, exploration: Exploration | None = None, server: LaunchedServer | None = None
) -> Session:
    seconds = seconds_to_explore(config)
    return Session(
        open_target(target, _target_options(config)),
        max_time=max(config.getoption("contract_max_time"), seconds + DEFAULT_MAX_TIME if seconds else 0.0),
        intrusive=config.getoption("contract_intrusive"),
        guest=_guest(config),
        exploration=exploration,
        server=server,
    )


def seconds_to_explore(config: pytest.Config) -> float:
    """How long to explore, 0 where no time is named; raises ``BadOption``."""
    return explore.seconds_of(config.getoption("contract_for")) if config.getoption("contract_for") else 0.0


def _target_options(config: pytest.Config) -> Options:
    option = config.getoption
    headers, shown = read_headers(option("contract_header"))
    if option("contract_timeout") <= 0 or option("contract_max_time") <= 0:
        raise BadTarget("A time-out and a time budget are more than 0 seconds.")
    return Options(
        headers=headers,
        secrets=variables_in(option("contract_header")),
        shown_headers=shown,
        timeout=option("contract_timeout"),
        tls=Tls(
            option("contract_ca_file"),
            option("contract_client_cert"),
            option("contract_client_key"),
            option("contract_insecure"),
        ),
    )


def _guest(config: pytest.Config) -> Guest:
    rate = config.getoption("contract_rate")
    if rate is not None and not 0 < rate < float("inf"):
        raise BadTarget(f"A rate is more than 0 requests a second, not {rate:g}.")
    return Guest(read_only=config.getoption("contract_read_only"), pace=Pace(rate))
