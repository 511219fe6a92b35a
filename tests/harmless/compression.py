"""Compression when offered."""

from __future__ import annotations

import gzip
import re
import zlib

from tests.harmless.base import Harmless, Request, Response


class _Compressing(Harmless):
    about = "compression"
    coding = ""

    def compress(self, body: bytes) -> bytes:
        raise NotImplementedError

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        response.headers["Vary"] = "Accept-Encoding"
        if response.body and self.coding in _offered(request.headers.get("ACCEPT_ENCODING", "")):
            response.body = self.compress(response.body)
            response.headers["Content-Encoding"] = self.coding
            if "ETag" in response.headers:
                response.headers["ETag"] = f'{response.headers["ETag"][:-1]}-{self.coding}"'
        return response

    def tags(self, condition: str) -> list[str]:
        tags = super().tags(condition)
        return tags + [tag.replace(f'-{self.coding}"', '"') for tag in tags]


class CompressedByGzip(_Compressing):
    """Answers are compressed with gzip when the client offers to read that; their tags are others then."""

    coding = "gzip"

    def compress(self, body: bytes) -> bytes:
        return gzip.compress(body, mtime=0)


class CompressedByDeflate(_Compressing):
    """Answers are compressed with deflate when the client offers to read that; their tags are others then."""

    coding = "deflate"

    def compress(self, body: bytes) -> bytes:
        return zlib.compress(body)


def _offered(value: str) -> set[str]:
    """The codings that an Accept-Encoding allows by name (RFC 9110 12.5.3)."""
    entries = [entry.partition(";") for entry in value.lower().split(",")]
    return {name.strip() for name, _, weight in entries if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)}
