"""Values of Content-Type and Accept, from the usual to the garbled."""

from __future__ import annotations

OTHER_MEDIA_TYPES = (
    "text/plain",
    "text/plain; charset=utf-8",
    'text/plain; type="application/json"',
    "text/html",
    "text/json",
    "text/x-json",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "application/xml",
    "application/javascript",
    "application/x-json",
    "application/jsonp",
    "application/jsonx; charset=utf-8",
    "application/json5",
    "application/json-seq",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/problem+json",
    "application/ld+json",
    "application/vnd.api+json",
    "application/x-ndjson",
    "xapplication/json",
    "image/json",
    "application/*",
    "*/*",
    None,
)
"""Well-formed values of Content-Type that are not application/json, and no Content-Type at all."""

MALFORMED_MEDIA_TYPES = ("", "json", "application", "application/", "/json", "multipart/form-data")
"""Values of Content-Type that are no media type, or lack a parameter that theirs needs."""

JSON_MEDIA_TYPES = (
    "application/json",
    "application/JSON",
    "Application/Json",
    "APPLICATION/JSON; CHARSET=UTF-8",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "application/json; charset=UTF-8",
    "application/json; Charset=Utf-8",
    'application/json; charset="utf-8"',
    'application/json;charset="UTF-8"',
    "application/json ; charset=utf-8",
    "application/json;\t charset=utf-8",
    "application/json; v=1",
    "application/json; indent=2; q=0.5",
    "application/json; odata.metadata=minimal",
    "application/json; charset=utf-8; v=1",
    "application/json; v=1; charset=utf-8",
    'application/json;profile="a;b"',
    'application/json; profile="charset=utf-16, text/plain"',
    r'application/json; profile="a\"; charset=utf-16; b=\"c"; charset=utf-8',
)
"""Values of Content-Type that say JSON in UTF-8 (RFC 9110 5.6.6 and 8.3.1)."""

ACCEPTS = (
    "application/problem+json",
    "application/hal+json",
    "text/plain",
    "text/csv",
    "image/*",
    "text/event-stream",
    "application/yaml",
    "text/html",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "application/xml",
    "text/plain, image/*",
    "application/javascript",
    "application/vnd.api+json",
    "application/json;q=0",
    "*/*;q=0",
    "",
)
"""Well-formed values of Accept, most of which exclude JSON."""

GARBLED_ACCEPTS = ("json", ";;;q=x, ,/")
"""Values of Accept that are none (RFC 9110 12.5.1)."""

_BOUNDARY = "contract-boundary"
FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={_BOUNDARY}"


def multipart(**fields: str) -> bytes:
    """A body of ``MULTIPART`` with these fields (RFC 7578)."""
    parts = (f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
    return f"{''.join(parts)}--{_BOUNDARY}--\r\n".encode()
