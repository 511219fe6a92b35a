"""A badge: what was selected, and how many of its MUSTs are met, as a small SVG picture."""

from __future__ import annotations

from contract.report.markup import Markup, element
from contract.report.summary import meaning, selected, selection_name
from contract.verdict import Run, Verdict

_COLOURS: dict[Verdict, str] = {
    "conforming": "#1b7340",
    "violating": "#b3261e",
    "incomplete": "#7a5a00",
    "unreachable": "#5c6670",
    "suite-error": "#7a2e9d",
}
_ACCEPTED = "#6a5d00"
"""For a green run in which some MUST is not known to be met: accepted by a baseline, or not judged this way."""

_HEIGHT = 22
_PADDING = 7
_NARROW = {**dict.fromkeys("ijl,.:", 3.1), **dict.fromkeys("ft -", 4.1), **dict.fromkeys("r/", 4.9)}
_WIDTHS = {**_NARROW, **dict.fromkeys("cksvxyz", 5.9), **dict.fromkeys("aeo", 6.6), "m": 10.7, "w": 9.0}
_WIDTH = 6.9
"""Pixels of a character of Verdana at 11 pixels."""


def render(run: Run) -> str:
    """The badge of a run: ``core 18/18`` are the MUSTs that are met of those that were selected.

    A SHOULD does not count. What was accepted by a baseline, not judged or blocked counts as selected, not as met.
    """
    label = selection_name(run) + (", in process" if run.scope == "in-process" else "")
    statuses = [result.status for result in selected(run) if result.requirement.level == "MUST"]
    met = statuses.count("pass")
    is_counted = statuses and run.verdict not in ("unreachable", "suite-error")
    value = f"{met}/{len(statuses)}" if is_counted else meaning(run)
    colour = _ACCEPTED if run.exit_code == 0 and met < len(statuses) else _COLOURS[run.verdict]
    title = f"task contract, {label}: {met} of {len(statuses)} MUSTs met, {meaning(run)}"
    return f"{_picture(label, value, colour, title)}\n"


def _picture(label: str, value: str, colour: str, title: str) -> Markup:
    left, right = _width(label) + 2 * _PADDING, _width(value) + 2 * _PADDING
    clip = element("clipPath", element("rect", width=left + right, height=_HEIGHT, rx=4), id="round")
    return element(
        "svg",
        element("title", title),
        clip,
        element(
            "g",
            element("rect", width=left, height=_HEIGHT, fill="#3d444d"),
            element("rect", x=left, width=right, height=_HEIGHT, fill=colour),
            clip_path="url(#round)",
        ),
        element(
            "g",
            _text(label, _PADDING),
            _text(value, left + _PADDING),
            fill="#fff",
            font_family="Verdana,DejaVu Sans,Geneva,sans-serif",
            font_size=11,
        ),
        xmlns="http://www.w3.org/2000/svg",
        width=left + right,
        height=_HEIGHT,
        role="img",
        aria_label=title,
    )


def _text(text: str, x: int) -> Markup:
    return element("text", text, x=x, y=15, textLength=_width(text))


def _width(text: str) -> int:
    return round(sum(_WIDTHS.get(character, _WIDTH) for character in text))
