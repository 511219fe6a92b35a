"""From what a user writes to a target and its headers: what is right, and one sentence for what is not."""

from __future__ import annotations

import pytest

from contract.transport import Options, Tls
from contract.transport.opening import BadTarget, open_target, read_headers, variables_in
from contract.transport.wsgi import BadApplication

ENVIRONMENT = {"TOKEN": "t0p", "EMPTY": "", "EVIL": "a\r\nX: b", "FOREIGN": "é"}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("https://api.example/api/v1//", "https://api.example/api/v1"),
        ("http://[::1]:8000/api", "http://[::1]:8000/api"),
        ("HTTP://localhost", "HTTP://localhost"),
        ("http://localhost/a%2Fb", "http://localhost/a%2Fb"),
    ],
)
def test_url(text: str, url: str) -> None:
    target = open_target(text, Options())

    assert (target.url, target.in_process) == (url, False)


def test_application() -> None:
    target = open_target("wsgi:reference_app:create_app()", Options(shown_headers=(("A", "$B"),)))

    assert (target.url, target.in_process, target.shown_headers) == ("http://localhost", True, (("A", "$B"),))


@pytest.mark.parametrize(
    "text",
    [
        *("", "127.0.0.1:8000", "localhost", "ftp://127.0.0.1", "http://", "http:///tasks", "http://:80", "//a"),
        *("http://a:x", "http://a:0", "http://a:65536", "http://a:-1", "http://[::1", "http://a]b"),
        *("http://a?b", "http://a/?", "http://a#b", "http://a/#", "http://user@a", "http://user:password@a"),
        *("http://a b", "http://é", "http://a/é", "http://a/\n", "http://a/\0"),
    ],
)
def test_what_is_no_target_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadTarget, match=r"^[^\n]*[;,] [^\n]*\.$") as caught:
        open_target(text, Options())

    assert str(caught.value).startswith(repr(text))


@pytest.mark.parametrize(
    "tls",
    [Tls(ca_file="no-such-file"), Tls(ca_file=__file__), Tls(client_cert=__file__), Tls(client_cert="no-such-file")],
)
def test_certificates_that_cannot_be_used_are_refused(tls: Tls) -> None:
    with pytest.raises(BadTarget, match=r"^The certificates or the key cannot be used: .+[^.]\.$"):
        open_target("https://localhost", Options(tls=tls))


def test_what_is_no_application_is_refused() -> None:
    with pytest.raises(BadApplication, match=r"^'wsgi:no_such:app' cannot be loaded \(.*\)\.$"):
        open_target("wsgi:no_such:app", Options())


@pytest.mark.parametrize(
    ("line", "expanded", "shown"),
    [
        ("Accept: text/html", ("Accept", "text/html"), ("Accept", "text/html")),
        ("X-Empty:", ("X-Empty", ""), ("X-Empty", "")),
        ("X-Colon:  a: b ", ("X-Colon", "a: b"), ("X-Colon", "a: b")),
        ("Authorization: Bearer $TOKEN", ("Authorization", "Bearer t0p"), ("Authorization", "Bearer $TOKEN")),
        ("X: ${TOKEN}2$EMPTY", ("X", "t0p2"), ("X", "${TOKEN}2$EMPTY")),
        ("X: 5$ $(id) $", ("X", "5$ $(id) $"), ("X", "5$ $(id) $")),
    ],
)
def test_header(line: str, expanded: tuple[str, str], shown: tuple[str, str]) -> None:
    assert read_headers([line], ENVIRONMENT) == ((expanded,), (shown,))


def test_headers_keep_their_order() -> None:
    expanded, shown = read_headers(["B: 1", "A: 2", "B: 3"], {})

    assert expanded == shown == (("B", "1"), ("A", "2"), ("B", "3"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Accept", "'Accept' is no header; write 'Name: value'."),
        (": value", "': value' is no header; write 'Name: value'."),
        ("Two words: a", "'Two words: a' is no header; write 'Name: value'."),
        ("Námè: a", "'Námè: a' is no header; write 'Name: value'."),
        ("X: $MISSING", "The environment has no variable MISSING, which a header names."),
        ("X: ${MISSING}", "The environment has no variable MISSING, which a header names."),
        ("X: a\nb", "The header value 'a\\nb' has characters other than printable ASCII."),
        ("X: é", "The header value 'é' has characters other than printable ASCII."),
        ("X: $EVIL", "The header value '$EVIL' has characters other than printable ASCII."),
        ("X: $FOREIGN", "The header value '$FOREIGN' has characters other than printable ASCII."),
    ],
)
def test_what_is_no_header_is_refused(line: str, message: str) -> None:
    with pytest.raises(BadTarget) as caught:
        read_headers([line], ENVIRONMENT)

    assert str(caught.value) == message


def test_variables_of_headers_with_their_values_the_longest_first() -> None:
    environment = {"A": "secret", "B": "secret-too", "C": "", "D": "unused", "E": "short"}
    lines = ["X: $A", "Y: ${B} $C", "Z: $MISSING 5$", "W: $E"]

    assert variables_in(lines, environment) == (("secret-too", "$B"), ("secret", "$A"))


def test_secrets_are_hidden_whole() -> None:
    options = Options(secrets=(("t0p-secret", "$B"), ("t0p", "$A")))

    assert options.hide("t0p-secret t0p other") == "$B $A other"
