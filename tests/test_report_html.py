"""The HTML page as markup: what it holds, and that nothing in it is anybody else's markup."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from contract.report.html import render
from contract.report.markup import Markup, element, join
from contract.report.summary import visible
from contract.verdict import Run
from tests.example_run import CONTROLS, CURL, EXAMPLE, GREEN, HOSTILE, hard_run, run_of
from tests.html_page import Page

RUNS = {
    "example": EXAMPLE,
    "green": GREEN,
    "hard": hard_run(),
    "unreachable": run_of("inconclusive", unreachable="It never answered."),
    "empty": run_of(),
}


def test_verdict_is_the_heading_and_the_title() -> None:
    page = Page(render(EXAMPLE))

    assert page.texts("h1") == ["Not conforming"]
    assert page.texts("title") == ["Not conforming: http://127.0.0.1:8000/api/v1"]


def test_every_requirement_is_an_entry_by_its_topic() -> None:
    page = Page(render(EXAMPLE))

    assert page.attributes("details", "id") == [result.requirement.id for result in EXAMPLE.results]
    assert page.attributes("details", "data-status") == [result.status for result in EXAMPLE.results]
    assert page.texts("h2")[1:4] == ["create 1 of 2 met", "delete 0 of 2 met", "id 0 of 1 met"]


def test_what_failed_is_unfolded() -> None:
    unfolded = [attributes["id"] for tag, attributes in Page(render(EXAMPLE)).elements if "open" in attributes]

    assert unfolded == ["create.once", "delete.gone", "id.unique", "text.exact"]


def test_filters_have_counts() -> None:
    assert Page(render(EXAMPLE)).texts("button")[:9] == [
        *("all 12", "fail 3", "error 1", "warn 1", "known 1", "inconclusive 2", "blocked 1", "pass 1", "skipped 2")
    ]


def test_violation_is_shown_whole() -> None:
    code = Page(render(EXAMPLE)).texts("code")

    assert code[:3] == ["404", '200 {"id":7,"title":"a"}', "".join(f"{line}\n" for line in CURL)]


def test_what_blocks_most_is_to_be_mended_first() -> None:
    items = Page(render(EXAMPLE)).texts("li")

    assert items[0] == "delete.gone GET /tasks/7 still finds the task. blocks 1 more"


def test_blocked_and_blocking_lead_to_each_other() -> None:
    page = Page(render(EXAMPLE))

    assert {"#delete.gone", "#delete.idempotent"} <= set(page.attributes("a", "href"))
    assert "blocked by delete.gone, since GET /tasks/7 was answered 200" in page.texts("p")


def test_links_lead_somewhere() -> None:
    for run in RUNS.values():
        page = Page(render(run))
        ids = {attributes.get("id") for _, attributes in page.elements}

        assert {link.removeprefix("#") for link in page.attributes("a", "href")} <= ids


def test_why_the_run_ended_and_what_it_left_is_told() -> None:
    paragraphs = Page(render(EXAMPLE)).texts("p")

    assert "The time budget of 120 seconds was spent." in paragraphs
    assert "Left on the target: 2 tasks that could not be deleted (ids 3, 9)." in paragraphs


def test_green_run_has_nothing_to_mend() -> None:
    page = Page(render(GREEN))

    assert page.texts("h1") == ["Conforming"]
    assert page.texts("nav") == []


def test_hostile_text_is_text() -> None:
    page = Page(render(EXAMPLE))

    assert page.texts("code").count(HOSTILE) == 2
    assert f"echo '{HOSTILE}'\n" in page.texts("code")
    assert page.attributes("img", "src") == []


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_elements_are_ours(run: Run) -> None:
    page = Page(render(run))

    used = {tag for tag, _ in page.elements}
    assert used.isdisjoint({"img", "iframe", "object", "embed", "base"})
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert {name for _, attributes in page.elements for name in attributes if name.startswith(("on", "style"))} == set()


def test_what_does_not_print_is_shown_as_escapes() -> None:
    text = render(hard_run())

    assert visible(CONTROLS) + HOSTILE in Page(text).texts("code")
    assert [line for line in text.splitlines() if not line.isprintable()] == []


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_page_needs_nothing_but_itself(run: Run) -> None:
    page = Page(render(run))

    assert page.attributes("link", "href") == ["data:,"]
    assert [attributes for _, attributes in page.elements if "src" in attributes] == []
    assert re.findall(r"url\(|@import", "".join(page.texts("style"))) == []


def test_policy_allows_this_style_and_this_script_alone() -> None:
    page = Page(render(EXAMPLE))
    (policy,) = [value for value in page.attributes("meta", "content") if value.startswith("default-src")]

    hashes = {
        kind: base64.b64encode(hashlib.sha256("".join(page.texts(kind)).encode()).digest()).decode()
        for kind in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes['style']}'; "
        f"script-src 'sha256-{hashes['script']}'"
    )


def test_run_without_results() -> None:
    page = Page(render(replace(run_of(), unreachable="It never answered.")))

    assert page.texts("h1") == ["Unreachable"]
    assert "It never answered." in page.texts("p")


def test_children_are_escaped_but_markup() -> None:
    made = element("p", "<b>", None, Markup("<i>"), ("a", ["&"]))

    assert made == "<p>&lt;b&gt;<i>a&amp;</p>"
    assert join("<", made) == f"&lt;{made}"


def test_attributes_are_escaped() -> None:
    made = element("input", title="\"'<>&\x00", hidden=True, open=False, class_="a", aria_label=None, tabindex=0)

    assert made == '<input title="&quot;&#x27;&lt;&gt;&amp;\\x00" hidden class="a" tabindex="0">'
