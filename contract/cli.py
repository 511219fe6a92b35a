"""The command ``task-contract``: run, list, explain, serve, compare."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from contract import CONTRACT_VERSION, CONTRACT_VERSIONS, SUITE_VERSION
from contract.report import files
from contract.requirement import UnknownSelector, UnknownVersion, catalogue, of_version, select
from contract.verdict import INCOMPLETE, UNREACHABLE, USAGE, Run

_PASSED_ON = (
    *("command", "start-time", "header", "timeout", "max-time", "ca-file", "client-cert", "client-key"),
    *("seed", "for", "examples", "rate", "baseline", "write-baseline"),
)
_FLAGS = ("durable", "insecure", "intrusive", "read-only", "next", "explore")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (those of the process by default) and return its exit code."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:
        if end.code == USAGE:
            _discard(sys.argv[1:] if arguments is None else arguments)
        raise
    try:
        code: int = options.call(options)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        return INCOMPLETE
    return code


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message.rstrip('.')}; see --help.\n")


def _discard(arguments: Sequence[str]) -> None:
    """Remove older reports and older scripts: what comes to nothing must not look like the run before."""
    from contract.artifacts import folder

    files.discard(arguments)
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--artifacts", type=Path)
    with suppress(argparse.ArgumentError, OSError):
        artifacts = parser.parse_known_args(arguments)[0].artifacts
        if artifacts is not None:
            folder.clear(artifacts)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="task-contract", description="Judge a task API by its contract, one requirement at a time.")
    parser.add_argument("--version", action="version", version=f"task-contract {SUITE_VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    run = commands.add_parser(
        "run",
        help="judge a server",
        description="Judge a server and say what it breaks.",
        usage="task-contract run [OPTION …] [TARGET]",
    )
    run.set_defaults(call=_run)
    run.add_argument("target", nargs="?", help="URL, or wsgi:package.module:app; without one the reference server")
    for add, title in _RUN_OPTIONS:
        add(run.add_argument_group(title))

    listing = commands.add_parser("list", help="print the requirements", description="Print the requirements.")
    listing.set_defaults(call=_list)
    _add_selection(listing)
    _add_version(listing)

    explain = commands.add_parser("explain", help="explain one requirement", description="Explain one requirement.")
    explain.set_defaults(call=_explain)
    explain.add_argument("id", help="such as delete.gone")

    serve = commands.add_parser("serve", help="start the reference server", description="Start the reference server.")
    serve.set_defaults(call=_serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="0 takes a free one (default 8000)")

    compare = commands.add_parser("compare", help="compare runs", description="Compare the reports of several runs.")
    compare.set_defaults(call=_compare)
    compare.add_argument("reports", metavar="[NAME=]FILE", nargs="+", help="JSON reports, two or more")
    compare.add_argument("--html", metavar="FILE", type=Path, help="write the table as one HTML page")
    return parser


def _add_judging(group: argparse._ActionsContainer) -> None:
    _add_selection(group)
    _add_version(group)
    group.add_argument(
        "--next", action="store_true", help="end at the first requirement that is not met, and explain it"
    )
    group.add_argument("--baseline", metavar="FILE", type=_file, help="known violations, which are accepted")
    group.add_argument("--write-baseline", metavar="FILE", help="bring that file up to date with this run")


def _add_server(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--command", metavar="'PROGRAM …'", help="start the server, and end it: {port} and {data} are filled in"
    )
    group.add_argument("--start-time", metavar="SECONDS", type=_seconds, help="for its first answer (default 30)")
    group.add_argument(
        "--copies", metavar="NUMBER", type=int, choices=(1, 2), help="judge on two of it at the same time (default 1)"
    )
    group.add_argument("--durable", action="store_true", help="kill it and start it again: it is to keep its tasks")


def _add_reports(group: argparse._ActionsContainer) -> None:
    files.add_options(group)
    group.add_argument(
        "--format", choices=("text", "github"), default="text", help="github: annotations too, as workflow commands"
    )
    group.add_argument("--artifacts", metavar="DIR", type=Path, help="write a script of curl lines for each violation")


def _add_requests(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        help="send it with each request; $NAME is taken from the environment",
    )
    group.add_argument("--timeout", metavar="SECONDS", type=_seconds, help="for one answer (default 10)")
    group.add_argument("--max-time", metavar="SECONDS", type=_seconds, help="for the whole run (default 120)")
    group.add_argument("--rate", metavar="NUMBER", type=_rate, help="send at most so many requests a second; no races")
    group.add_argument("--read-only", action="store_true", help="send nothing but GET, HEAD and OPTIONS")
    group.add_argument("--intrusive", action="store_true", help="stall connections to a target on another machine too")
    group.add_argument("--ca-file", metavar="FILE", type=_file, help="certificates to trust, PEM")
    group.add_argument("--client-cert", metavar="FILE", type=_file, help="certificate to present, PEM")
    group.add_argument("--client-key", metavar="FILE", type=_file, help="key of that certificate, PEM")
    group.add_argument("--insecure", action="store_true", help="do not verify the server's certificate")


def _add_exploration(group: argparse._ActionsContainer) -> None:
    group.add_argument("--explore", action="store_true", help="try more cases, and others each time")
    group.add_argument("--seed", metavar="NUMBER", type=int, help="explore what that run explored")
    group.add_argument("--for", metavar="TIME", help="explore for 90s, 10m or 2h")
    group.add_argument(
        "--examples", metavar="PLACE", help="folder or redis:// URL: keep what is found, and try it first"
    )
    group.add_argument("-n", metavar="NUMBER", type=int, help="explore on so many processes")


_RUN_OPTIONS: tuple[tuple[Callable[[argparse._ActionsContainer], None], str], ...] = (
    (_add_judging, "what is judged"),
    (_add_server, "a server that the suite starts"),
    (_add_reports, "reports"),
    (_add_requests, "requests"),
    (_add_exploration, "exploring"),
)
"""What adds the options of ``run``, and the title of each group."""


def _add_selection(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="only these ids, topics or core")
    parser.add_argument("--skip", metavar="NAME", action="append", default=[], help="without these ids, topics or core")


def _add_version(parser: argparse._ActionsContainer) -> None:
    versions = ", ".join(CONTRACT_VERSIONS)
    parser.add_argument(
        "--contract-version", metavar="VERSION", default=CONTRACT_VERSION, help=f"pin the contract; one of {versions}"
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


def _rate(text: str) -> float:
    return _seconds(text)


_seconds.__name__ = "number of seconds"
_rate.__name__ = "number of requests"


def _file(text: str) -> str:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return text


def _run(options: argparse.Namespace) -> int:
    from contract.artifacts import folder
    from contract.embedded import ReferenceServer
    from contract.launch import NotStarted
    from contract.report.github import commands_stopped

    only, skip = _names(options.only), _names(options.skip)
    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            # What was started is ended then, too.
            previous = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(INCOMPLETE))
            stack.callback(signal.signal, signal.SIGTERM, previous)
        # The server comes up while the engine is imported.
        embedded = options.target is None and options.command is None
        server = stack.enter_context(ReferenceServer()) if embedded else None
        is_judged_twice = embedded and options.copies != 1 and not _copies_problem(options)
        second = stack.enter_context(ReferenceServer()) if is_judged_twice else None
        try:
            if problem := files.problem(options):
                return _fail(USAGE, problem)
            if options.durable and options.command is None:
                return _fail(
                    USAGE, "--durable needs --command: what is to be killed must have been started by the run."
                )
            if options.copies == 2 and (problem := _copies_problem(options)):
                return _fail(USAGE, problem)
            if options.n is not None and (problem := _spread_problem(options)):
                return _fail(USAGE, problem)
            if options.artifacts is not None and (problem := folder.prepare(options.artifacts)):
                return _fail(USAGE, problem)
            if not select(of_version(catalogue(), options.contract_version), only, skip):
                return _fail(USAGE, "The selection is empty: everything in --only is also in --skip.")
            from contract.engine import judge_target

            target = server.url() if server is not None else options.target
            copy = [f"--contract-copy={second.url()}"] if second is not None else []
        except (UnknownVersion, UnknownSelector) as error:
            return _fail(USAGE, str(error))
        except NotStarted as error:
            return _fail(UNREACHABLE, str(error))
        with commands_stopped() if options.format == "github" else nullcontext():
            run = judge_target(_plugin_arguments(options, target, only, skip) + copy)
    return USAGE if run is None else _report(run, options)


def _copies_problem(options: argparse.Namespace) -> str | None:
    """Why two copies of the server cannot be judged, ``None`` where they can."""
    from contract.launch import can_judge_two

    if options.target is not None and options.command is None:
        return "--copies needs --command: what is to be there twice must have been started by the run."
    if options.next or options.explore:
        return "--copies is for a gate, without --next and --explore."
    return None if can_judge_two() else "--copies takes a system that can fork, and two processors."


def _spread_problem(options: argparse.Namespace) -> str | None:
    """Why the run cannot be spread over processes, ``None`` where it can."""
    if not options.explore:
        return "A gate is judged by one process; -n needs --explore."
    if options.n < 1:
        return f"An exploration takes 1 process or more, not {options.n}."
    return None if find_spec("xdist") else "-n takes the extra explore: pip install 'task-contract[explore]'."


def _report(run: Run, options: argparse.Namespace) -> int:
    from contract.artifacts import folder

    problems = files.write(run, options)
    if options.artifacts is not None:
        folder.write(run, options.artifacts)
    if options.format == "github":
        from contract.report.github import annotation_lines

        _print(annotation_lines(run))
    for problem in problems:
        _fail(INCOMPLETE, problem)
    return run.exit_code or (INCOMPLETE if problems else 0)


def _plugin_arguments(
    options: argparse.Namespace, target: str | None, only: Sequence[str], skip: Sequence[str]
) -> list[str]:
    arguments = [f"--contract-target={target}"] if target is not None else []
    arguments += [f"--contract-version={options.contract_version}"]
    if options.copies is not None and options.command is not None:
        arguments += [f"--contract-copies={options.copies}"]
    arguments += [f"--contract-only={name}" for name in only] + [f"--contract-skip={name}" for name in skip]
    for name in _PASSED_ON:
        value = getattr(options, name.replace("-", "_"))
        values = value if isinstance(value, list) else [value] if value is not None else []
        arguments += [f"--contract-{name}={entry}" for entry in values]
    if options.n is not None:
        arguments += ["-pxdist", f"-n{options.n}", "--dist=loadgroup"]
    return arguments + [f"--contract-{name}" for name in _FLAGS if getattr(options, name.replace("-", "_"))]


def _names(values: Sequence[str]) -> list[str]:
    return [name for value in values for name in value.replace(",", " ").split()]


def _list(options: argparse.Namespace) -> int:
    try:
        pinned = of_version(catalogue(), options.contract_version)
        entries = select(pinned, _names(options.only), _names(options.skip))
    except (UnknownVersion, UnknownSelector) as error:
        return _fail(USAGE, str(error))
    width = max((len(entry.id) for entry in entries), default=0)
    for entry in entries:
        print(f"{entry.id:<{width}}  {entry.level:<6}  {entry.sentence}")
    return 0


def _explain(options: argparse.Namespace) -> int:
    found = [entry for entry in catalogue() if entry.id == options.id]
    if not found:
        return _fail(USAGE, f"{options.id!r} is no requirement; task-contract list shows them all.")
    entry = found[0]
    print(f"{entry.id} ({entry.level})\n\n  {entry.sentence}")
    if entry.advice:
        print(f"\n  {entry.advice}")
    print(f"\nsource  {entry.source or 'the contract itself'}\nlaw     {entry.law}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from reference_app.__main__ import main as serve

    return serve(["--host", options.host, "--port", str(options.port)])


def _compare(options: argparse.Namespace) -> int:
    from contract.compare import Unreadable, compare, text_lines

    try:
        comparison = compare(options.reports)
        if options.html is not None:
            from contract.report.matrix import write

            write(comparison, options.html)
    except Unreadable as error:
        return _fail(USAGE, str(error))
    _print(text_lines(comparison))
    return 0


def _print(lines: Iterable[str]) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding))


def _fail(code: int, sentence: str) -> int:
    print(f"task-contract: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
