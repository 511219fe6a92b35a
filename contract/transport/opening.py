"""From what a user writes for a target to the target."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from contract.transport import Headers, Options, Target
from contract.transport.http import HttpTarget, tls_context
from contract.transport.wsgi import WsgiTarget, load_application

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_PRINTED = re.compile(r"[!-~]*")
_SECRET_LENGTH = 6
"""Characters from which on a value is taken for a secret; a shorter one would spoil texts that have it by chance."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class BadTarget(ValueError):
    """A target or one of its headers is not what it must be."""


def open_target(text: str, options: Options) -> Target:
    """The target that ``text`` names: an http or https URL, or ``wsgi:package.module:app``.

    Raises ``BadTarget`` or ``BadApplication`` with one sentence for the user.
    """
    if text.startswith("wsgi:"):
        return WsgiTarget(load_application(text.removeprefix("wsgi:")), options)
    if not _PRINTED.fullmatch(text):
        raise BadTarget(f"{text!r} has characters other than printable ASCII without spaces; percent-encode them.")
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise BadTarget(f"{text!r} is no URL; write http://host:port/base, with a port from 1 to 65535.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise BadTarget(f"{text!r} is no target; write http://host:port/base or wsgi:package.module:app.")
    if "?" in text or "#" in text or parts.username is not None:
        raise BadTarget(f"{text!r} has a query, a fragment or a user; a target is scheme, host, port and path.")
    if parts.scheme == "https":
        _require_tls(options)
    return HttpTarget(text.rstrip("/"), options)


def _require_tls(options: Options) -> None:
    try:
        tls_context(options)
    except OSError as error:
        raise BadTarget(f"The certificates or the key cannot be used: {error.args[-1]}.") from error


def read_headers(lines: Iterable[str], environment: Mapping[str, str] = os.environ) -> tuple[Headers, Headers]:
    """Headers written ``Name: value``, expanded from the environment, and the same as they were written.

    Raises ``BadTarget`` for a line that is no header or names a variable that is not set.
    """
    expanded, shown = [], []
    for line in lines:
        name, separator, value = line.partition(":")
        if not separator or not _TOKEN.fullmatch(name):
            raise BadTarget(f"{line!r} is no header; write 'Name: value'.")
        shown.append((name, value.strip()))
        expanded.append((name, _expand(value.strip(), environment)))
    return tuple(expanded), tuple(shown)


def variables_in(lines: Iterable[str], environment: Mapping[str, str] = os.environ) -> tuple[tuple[str, str], ...]:
    """The values of the variables that headers name, the longest first, each with how it is shown."""
    names = {match[1] or match[2] for line in lines for match in _VARIABLE.finditer(line)}
    values = {environment[name]: f"${name}" for name in names if len(environment.get(name, "")) >= _SECRET_LENGTH}
    return tuple(sorted(values.items(), key=lambda pair: -len(pair[0])))


def _expand(value: str, environment: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in environment:
            raise BadTarget(f"The environment has no variable {name}, which a header names.")
        return environment[name]

    expanded = _VARIABLE.sub(replace, value)
    if not expanded.isprintable() or not expanded.isascii():
        raise BadTarget(f"The header value {value!r} has characters other than printable ASCII.")
    return expanded
