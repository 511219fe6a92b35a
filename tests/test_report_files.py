"""Where reports go: the options, what is wrong with a file, and that none outlives a run that comes to nothing."""

from __future__ import annotations

import argparse
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from contract.report import files
from tests.example_run import EXAMPLE

FORMATS = ("json", "junit", "markdown", "html", "badge")
OLD = "conforming"


def options(*arguments: str) -> argparse.Namespace:
    """The options that these arguments are."""
    parser = argparse.ArgumentParser()
    files.add_options(parser)
    return parser.parse_args(arguments)


def all_formats(folder: Path) -> list[str]:
    """The arguments for a report of each format in the folder."""
    return [argument for name in FORMATS for argument in (f"--report-{name}", str(folder / name))]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with an older report of each format."""
    for name in FORMATS:
        (tmp_path / name).write_text(OLD)
    return tmp_path


def test_every_format_is_written(tmp_path: Path) -> None:
    assert files.write(EXAMPLE, options(*all_formats(tmp_path))) == []

    starts = {name: (tmp_path / name).read_text(encoding="utf-8")[:9] for name in FORMATS}
    assert starts == {
        "json": '{\n  "sche',
        "junit": "<?xml ver",
        "markdown": "## Not co",
        "html": "<!doctype",
        "badge": "<svg xmln",
    }
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(FORMATS)


def test_formats_that_are_not_asked_for_are_not_imported() -> None:
    program = (
        "import sys, contract.cli, contract.report.files\n"
        "print([name for name in sys.modules if name.startswith('contract.report.') or name == 'xml.etree'])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "['contract.report.files']\n"


def test_older_reports_are_gone_before_the_run(old: Path) -> None:
    assert files.problem(options(*all_formats(old))) is None

    assert {(old / name).read_text() for name in FORMATS} == {""}


@pytest.mark.parametrize("name", FORMATS)
def test_file_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    place = tmp_path / "no" / "folder"

    assert files.problem(options(f"--report-{name}", str(place))) == (
        f"{place} cannot be written: No such file or directory."
    )


def test_folder_is_no_report(tmp_path: Path) -> None:
    assert files.problem(options("--report-html", str(tmp_path))) == f"{tmp_path} cannot be written: Is a directory."


def test_two_reports_do_not_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "report"

    found = files.problem(options("--report-html", str(file), "--report-json", str(tmp_path / "." / "report")))

    assert found == f"{file} is named for two reports."


def test_two_reports_may_share_what_is_no_file() -> None:
    assert files.problem(options("--report-html", os.devnull, "--report-json", os.devnull)) is None


@pytest.mark.parametrize("more", [[], ["--bogus"], ["--report-html"], ["run", "--only"]])
def test_wrong_usage_discards_every_older_report(more: list[str], old: Path) -> None:
    files.discard([*all_formats(old)[:-1], str(old / "badge"), *more])

    assert list(old.iterdir()) == []


def test_only_files_are_discarded(tmp_path: Path) -> None:
    files.discard(["--report-json", os.devnull, "--report-html", str(tmp_path), "--report-badge", "no-such-file"])

    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    assert tmp_path.is_dir()


def test_text_that_is_no_unicode_is_written(tmp_path: Path) -> None:
    files.write_whole(tmp_path / "report", "é \ud800 \r\n")

    assert (tmp_path / "report").read_bytes() == b"\xc3\xa9 \\ud800 \r\n"


def test_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "target").write_text(OLD)
    (tmp_path / "link").symlink_to("target")

    files.write_whole(tmp_path / "link", "new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipe_is_written_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_whole(tmp_path / "pipe", "new")

        assert os.read(reader, 100) == b"new"
        assert [file.name for file in tmp_path.iterdir()] == ["pipe"]
    finally:
        os.close(reader)


def test_what_cannot_be_written_in_the_end_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, place: Path) -> None:
        raise OSError(28, "No space left on device")

    chosen = options("--report-html", str(tmp_path / "report"))
    files.problem(chosen)
    monkeypatch.setattr(os, "replace", fail)

    found = files.write(EXAMPLE, chosen)

    assert found == [f"{tmp_path / 'report'} cannot be written: No space left on device."]
    assert [file.read_text() for file in tmp_path.iterdir()] == [""]
