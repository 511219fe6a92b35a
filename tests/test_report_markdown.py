"""The Markdown report, as a CommonMark parser reads it."""

from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from contract.report.markdown import LIMIT, render
from contract.report.summary import visible
from contract.verdict import Result, Run, ViolationReport
from tests.example_run import CONTROLS, CURL, EXAMPLE, GREEN, HOSTILE, entry, hard_run, run_of

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = ("<details>", "<details open>", "</details>", "<summary>")


def tokens(run: Run) -> list[Token]:
    """The blocks of the report."""
    return PARSER.parse(render(run))


def texts(run: Run) -> list[str]:
    """The text of each paragraph, heading and cell, without markup."""
    inline = [token.children or [] for token in tokens(run) if token.type == "inline"]
    return ["".join(child.content for child in children) for children in inline]


def fences(run: Run) -> list[str]:
    """The content of each fenced block."""
    return [token.content for token in tokens(run) if token.type == "fence"]


def result_with(text: str) -> Run:
    """A run with one violation that has this text everywhere."""
    found = ViolationReport(text, text, text, (text, text))
    requirement = replace(entry("id.unique", text, source=text), advice=text)
    return replace(EXAMPLE, results=[Result(requirement, "fail", text, violations=(found,))])


def test_verdict_comes_first() -> None:
    assert texts(EXAMPLE)[:2] == [
        "Not conforming",
        "http://127.0.0.1:8000/api/v1, scope selection, contract 1.0: 4321 requests, 12.3 s, exit code 1",
    ]


def test_counts_are_a_table() -> None:
    assert texts(EXAMPLE)[2:10] == ["fail", "error", "warn", "known", "inconclusive", "blocked", "pass", "skipped"]
    assert texts(EXAMPLE)[10:18] == ["3", "1", "1", "1", "2", "1", "1", "2"]


def test_why_the_run_ended_and_what_it_left_is_told() -> None:
    assert "The time budget of 120 seconds was spent." in texts(EXAMPLE)
    assert "Left on the target: 2 tasks that could not be deleted (ids 3, 9)." in texts(EXAMPLE)


def test_violation_is_fenced() -> None:
    assert fences(EXAMPLE)[:3] == ["404\n", '200 {"id":7,"title":"a"}\n', "\n".join(CURL) + "\n"]


def test_first_violation_alone_is_open() -> None:
    html = [token.content for token in tokens(EXAMPLE) if token.type == "html_block"]

    assert [text.startswith("<details open>") for text in html if text.startswith("<details")][:2] == [True, False]
    assert "delete.gone" in html[0]


def test_no_content_ends_its_fence() -> None:
    for text in ("```", "``` ````` ```", "a\n```\n~~~\n</details>\nb", "    ```", HOSTILE):
        assert fences(result_with(text)) == [f"{text}\n", f"{text}\n", f"{text}\n{text}\n"]


def test_no_text_becomes_markup() -> None:
    for text in (HOSTILE, "# a", "- a", "+ a", "1. a", "12) a", "=", "> a", "www.example.org http://a.b :tada: a|b"):
        found = texts(result_with(text))

        # The sentence, the reason, the message, the advice, and the sentence in the table.
        assert (found.count(text), f"Source: {text}" in found) == (5, True), text


def test_no_html_but_ours_whatever_the_text() -> None:
    for run in (EXAMPLE, hard_run(), result_with(HOSTILE)):
        html = [line for token in tokens(run) if token.type == "html_block" for line in token.content.splitlines()]

        assert [line for line in html if not line.startswith(OURS)] == []
        assert [token for token in tokens(run) for child in token.children or [] if child.type == "html_inline"] == []


def test_target_is_shown_as_it_is() -> None:
    assert texts(replace(EXAMPLE, target="http://a/`b``c`"))[1].startswith("http://a/`b``c`, scope ")


def test_what_does_not_print_is_shown_as_escapes() -> None:
    assert visible(CONTROLS) + HOSTILE in " ".join(texts(hard_run()))
    assert all(line.isprintable() for line in render(hard_run()).splitlines())


def test_every_requirement_is_listed() -> None:
    found = texts(EXAMPLE)

    assert all(result.requirement.id in found for result in EXAMPLE.results)


def test_green_run_has_nothing_broken() -> None:
    assert texts(GREEN)[0] == "Conforming"
    assert "What is broken" not in render(GREEN)


def test_run_without_results_is_told() -> None:
    assert texts(run_of(unreachable="It never answered."))[0] == "Unreachable"


def test_report_fits_into_a_summary() -> None:
    found = ViolationReport("It is so.", "é" * 20_000, "a", ("curl",))
    run = replace(EXAMPLE, results=[Result(entry(f"id.n{n}"), "fail", violations=(found,)) for n in range(70)])

    text = render(run)

    assert 0.9 * LIMIT < len(text.encode()) <= LIMIT
    assert "The details of 46 more do not fit here; the other reports have them." in text
    assert text.count("\n| fail | id.n") == 70
