"""The frame of a page that needs nothing but itself: its style, its script, and a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from contract import SUITE_VERSION
from contract.report.markup import Children, Markup, element

_ASSETS = Path(__file__).with_name("assets")


def page(title: str, *content: Children) -> str:
    """A whole page with this content in its ``main``."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"task-contract {SUITE_VERSION}"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", style),
    )
    body = element(
        "body",
        element("a", "Skip to the requirements", href="#requirements", class_="skip"),
        element("main", *content),
        element("script", script),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def toolbar(choices: Children, placeholder: str, total: int, *more: Children) -> Markup:
    """What filters the entries of a page; shown by the script that makes it work."""
    return element(
        "form",
        element("div", choices, class_="choices", role="group", aria_label="Show"),
        element(
            "div",
            element("label", "Filter by text", for_="text", class_="hidden"),
            element("input", id="text", type="search", placeholder=placeholder, autocomplete="off"),
            *more,
            class_="search",
        ),
        element("output", f"{total} of {total} shown", class_="shown", for_="text"),
        class_="toolbar",
        role="search",
        hidden=True,
    )


def choice(value: str, *label: Children) -> Markup:
    """A button of the toolbar that shows the entries of this status; the empty one shows all."""
    return element(
        "button", *label, type="button", class_="choice", data_choice=value, aria_pressed="false" if value else "true"
    )


def status_mark(status: str) -> Markup:
    """A status as a coloured word."""
    return element("span", status, class_=f"status {status}")


def facts(pairs: dict[str, str]) -> Markup:
    """Names and values in one line."""
    return element(
        "dl",
        (element("div", element("dt", name), element("dd", value)) for name, value in pairs.items()),
        class_="facts",
    )


def _asset(name: str) -> Markup:
    return Markup((_ASSETS / name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
