"""The command ``task-contract``: run, list, explain, serve."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NoReturn

from contract import CONTRACT_VERSION, CONTRACT_VERSIONS, SUITE_VERSION
from contract.requirement import UnknownSelector, UnknownVersion, catalogue, of_version, select
from contract.verdict import INCOMPLETE, UNREACHABLE, USAGE, Run

_PASSED_ON = ("header", "timeout", "max-time", "ca-file", "client-cert", "client-key")
_FLAGS = ("insecure", "intrusive")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (those of the process by default) and return its exit code."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:
        if end.code == USAGE:
            _discard_report(sys.argv[1:] if arguments is None else arguments)
        raise
    try:
        code: int = options.command(options)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        return INCOMPLETE
    return code


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message.rstrip('.')}; see --help.\n")


def _discard_report(arguments: Sequence[str]) -> None:
    """Remove an older report and older scripts: what comes to nothing must not look like the run before."""
    from contract.artifacts import folder

    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--report-json", type=Path)
    parser.add_argument("--artifacts", type=Path)
    with suppress(argparse.ArgumentError):
        options = parser.parse_known_args(arguments)[0]
        with suppress(OSError):
            if options.artifacts is not None:
                folder.clear(options.artifacts)
        with suppress(OSError):
            if options.report_json is not None:
                options.report_json.unlink()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="task-contract", description="Judge a task API by its contract, one requirement at a time.")
    parser.add_argument("--version", action="version", version=f"task-contract {SUITE_VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="judge a server", description="Judge a server and say what it breaks.")
    run.set_defaults(command=_run)
    run.add_argument("target", nargs="?", help="URL, or wsgi:package.module:app; without one the reference server")
    _add_selection(run)
    _add_version(run)
    run.add_argument("--report-json", metavar="FILE", type=Path, help="write the results as JSON")
    run.add_argument("--artifacts", metavar="DIR", type=Path, help="write a script of curl lines for each violation")
    run.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        help="send it with each request; $NAME is taken from the environment",
    )
    run.add_argument("--timeout", metavar="SECONDS", type=_seconds, help="for one answer (default 10)")
    run.add_argument("--max-time", metavar="SECONDS", type=_seconds, help="for the whole run (default 120)")
    run.add_argument("--ca-file", metavar="FILE", type=_file, help="certificates to trust, PEM")
    run.add_argument("--client-cert", metavar="FILE", type=_file, help="certificate to present, PEM")
    run.add_argument("--client-key", metavar="FILE", type=_file, help="key of that certificate, PEM")
    run.add_argument("--insecure", action="store_true", help="do not verify the server's certificate")
    run.add_argument("--intrusive", action="store_true", help="stall connections to a target on another machine too")

    listing = commands.add_parser("list", help="print the requirements", description="Print the requirements.")
    listing.set_defaults(command=_list)
    _add_selection(listing)
    _add_version(listing)

    explain = commands.add_parser("explain", help="explain one requirement", description="Explain one requirement.")
    explain.set_defaults(command=_explain)
    explain.add_argument("id", help="such as delete.gone")

    serve = commands.add_parser("serve", help="start the reference server", description="Start the reference server.")
    serve.set_defaults(command=_serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="0 takes a free one (default 8000)")
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="only these ids, topics or core")
    parser.add_argument("--skip", metavar="NAME", action="append", default=[], help="without these ids, topics or core")


def _add_version(parser: argparse.ArgumentParser) -> None:
    versions = ", ".join(CONTRACT_VERSIONS)
    parser.add_argument(
        "--contract-version", metavar="VERSION", default=CONTRACT_VERSION, help=f"pin the contract; one of {versions}"
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


_seconds.__name__ = "number of seconds"


def _file(text: str) -> str:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return text


def _run(options: argparse.Namespace) -> int:
    from contract.artifacts import folder
    from contract.embedded import NotStarted, ReferenceServer

    only, skip = _names(options.only), _names(options.skip)
    with ExitStack() as stack:
        # The server comes up while the engine is imported.
        server = stack.enter_context(ReferenceServer()) if options.target is None else None
        try:
            if options.report_json is not None and (problem := _write_problem(options.report_json)):
                return _fail(USAGE, problem)
            if options.artifacts is not None and (problem := folder.prepare(options.artifacts)):
                return _fail(USAGE, problem)
            if not select(of_version(catalogue(), options.contract_version), only, skip):
                return _fail(USAGE, "The selection is empty: everything in --only is also in --skip.")
            from contract.engine import judge_target

            target = server.url() if server is not None else options.target
        except (UnknownVersion, UnknownSelector) as error:
            return _fail(USAGE, str(error))
        except NotStarted as error:
            return _fail(UNREACHABLE, str(error))
        run = judge_target(_plugin_arguments(options, target, only, skip))
    return USAGE if run is None else _report(run, options)


def _write_problem(file: Path) -> str | None:
    """Why the file cannot be written, ``None`` where it can; an older report in it is gone then."""
    try:
        file.write_text("")
    except OSError as error:
        return f"{file} cannot be written: {error.strerror}."
    return None


def _report(run: Run, options: argparse.Namespace) -> int:
    from contract.artifacts import folder
    from contract.report.json_report import write_json

    if options.report_json is not None:
        write_json(run, options.report_json)
    if options.artifacts is not None:
        folder.write(run, options.artifacts)
    return run.exit_code


def _plugin_arguments(options: argparse.Namespace, target: str, only: Sequence[str], skip: Sequence[str]) -> list[str]:
    arguments = [f"--contract-target={target}", f"--contract-version={options.contract_version}"]
    arguments += [f"--contract-only={name}" for name in only] + [f"--contract-skip={name}" for name in skip]
    for name in _PASSED_ON:
        value = getattr(options, name.replace("-", "_"))
        values = value if isinstance(value, list) else [value] if value is not None else []
        arguments += [f"--contract-{name}={entry}" for entry in values]
    return arguments + [f"--contract-{name}" for name in _FLAGS if getattr(options, name)]


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


def _fail(code: int, sentence: str) -> int:
    print(f"task-contract: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
