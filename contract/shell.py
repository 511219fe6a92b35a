"""Text and bytes as words of a POSIX shell: what it makes of them is what was given."""

from __future__ import annotations

import re
import shlex

_LONG = 400
_RUN = re.compile(r"(.{1,8}?)\1{19,}", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\w+|\{\w+\})")


def header_word(name: str, value: str) -> str:
    """A header as the word behind ``-H``."""
    text = f"{name}: {value}" if value else f"{name};"
    return shlex.quote(text) if text.isascii() else f'"$({printf(text)})"'


def has_variable(text: str) -> bool:
    """Whether the text names a variable of the environment."""
    return _VARIABLE.search(text) is not None


def expanded(text: str) -> str:
    """The text in double quotes, where the shell puts in the values of the variables that it names."""
    parts = zip(_VARIABLE.split(text), [*_VARIABLE.findall(text), ""], strict=True)
    return '"' + "".join(escaped(literal) + variable for literal, variable in parts) + '"'


def escaped(text: str) -> str:
    """The text as it stands in double quotes; an exclamation mark would be history to an interactive shell."""
    return re.sub(r'[\\"`$]', r"\\\g<0>", text).replace("!", "\"'!'\"")


def literal(body: bytes) -> str | None:
    """The body as one shell word, ``None`` where it is too long or not plain text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return shlex.quote(text) if len(text) <= _LONG and text.isprintable() else None


def print_bytes(body: bytes) -> str:
    """A command that prints the body, runs of the same bytes written once."""
    parts, position = [], 0
    text = body.decode("latin-1")
    for run in _RUN.finditer(text):
        parts += [printf(text[position : run.start()])] if run.start() > position else []
        parts.append(f"printf '{octal(run[1])}%.0s' $(seq {len(run[0]) // len(run[1])})")
        position = run.end()
    parts += [printf(text[position:])] if position < len(text) or not parts else []
    return parts[0] if len(parts) == 1 else "{ " + "; ".join(parts) + "; }"


def printf(text: str) -> str:
    """A command that prints Latin-1 text as bytes."""
    return f"printf '{octal(text)}'"


def octal(text: str) -> str:
    """Latin-1 text for the format of printf, in single quotes: everything but plain ASCII in octal escapes."""
    shown = "".join(
        c if c.isascii() and c.isprintable() and c not in "%\\'" else f"\\{ord(c):03o}" if c != "%" else "%%"
        for c in text
    )
    return f"\\055{shown[1:]}" if shown.startswith("-") else shown  # a format is no option
