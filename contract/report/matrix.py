"""Several runs as one HTML page: requirements are its rows, implementations its columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contract.compare import ABSENT, Change, Comparison, Row, Unreadable
from contract.report.files import problem_of, write_whole
from contract.report.markup import Children, Markup, element
from contract.report.page import choice, page, status_mark, toolbar

_TITLES: dict[Change, str] = {"broke": "What broke", "mended": "What was mended", "changed": "What changed otherwise"}


def write(comparison: Comparison, file: Path) -> None:
    """Write the page to the file; raises ``Unreadable`` where it cannot be written."""
    if any(column.file.resolve() == file.resolve() for column in comparison.columns):
        raise Unreadable(f"{file} is one of the reports to compare.")
    problem = problem_of(file)
    if problem is not None:
        raise Unreadable(problem)
    write_whole(file, render(comparison))


def render(comparison: Comparison) -> str:
    """The comparison as a page."""
    names = [column.name for column in comparison.columns]
    title = f"From {names[0]} to {names[1]}" if len(names) == 2 else f"{len(names)} runs compared"
    return page(
        title,
        element(
            "header",
            element("p", "task-contract", class_="eyebrow"),
            element("h1", title),
            element("p", _differing(comparison), class_="counts"),
        ),
        (_changes(kind, rows) for kind, rows in comparison.changes.items()),
        element(
            "div",
            _toolbar(comparison),
            _table(comparison),
            element("p", "No requirement matches.", class_="none", hidden=True),
            id="requirements",
        ),
    )


def _differing(comparison: Comparison) -> str:
    return f"{sum(row.differs for row in comparison.rows)} of {len(comparison.rows)} requirements differ."


def _changes(kind: Change, rows: list[Row]) -> Markup:
    return element(
        "section",
        element("h2", _TITLES[kind], " ", element("span", str(len(rows)), class_="met")),
        element("ul", (element("li", _change(row)) for row in rows)),
        class_="changes",
    )


def _change(row: Row) -> Iterator[Children]:
    yield element("a", row.id, href=f"#{row.id}", class_="id")
    yield element("span", _cell(row.cells[0]), " then ", _cell(row.cells[1]))


def _toolbar(comparison: Comparison) -> Markup:
    rows = comparison.rows
    choices = [choice("", "all ", element("b", str(len(rows))))]
    differing = sum(row.differs for row in rows)
    choices.append(choice("differs", "differing ", element("b", str(differing))))
    choices.append(choice("same", "the same ", element("b", str(len(rows) - differing))))
    return toolbar(choices, "Filter by text", len(rows))


def _table(comparison: Comparison) -> Markup:
    columns = comparison.columns
    facts = [column.facts for column in columns]
    head = element(
        "tr",
        element("th", "requirement", scope="col"),
        (element("th", column.name, scope="col", title=column.facts["target"]) for column in columns),
    )
    whole = (
        element("tr", element("th", name, scope="row"), (element("td", fact[name]) for fact in facts))
        for name in facts[0]
    )
    table = element(
        "table",
        element("thead", head),
        element("tbody", whole, class_="runs"),
        element("tbody", map(_row, comparison.rows)),
    )
    return element("div", table, class_="table", role="region", aria_label="Requirements by run", tabindex=0)


def _row(row: Row) -> Markup:
    return element(
        "tr",
        element(
            "th",
            element("span", row.id, class_="id"),
            element("span", row.sentence, class_="sentence") if row.sentence else None,
            scope="row",
        ),
        (element("td", _cell(cell)) for cell in row.cells),
        id=row.id,
        class_="entry differs" if row.differs else "entry",
        data_status="differs" if row.differs else "same",
    )


def _cell(status: str) -> Markup:
    return element("span", "not known", class_="met") if status == ABSENT else status_mark(status)
