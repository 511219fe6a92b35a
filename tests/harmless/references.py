"""Location and Link, relative or absolute, with this or that host and scheme."""

from __future__ import annotations

from tests.harmless.base import Harmless, Request, Served


class AbsoluteReferences(Harmless):
    """Location and Link are absolute, with the scheme and the host of the request."""

    about = "references"

    def reference(self, request: Request, path: str) -> str:
        return f"http://{request.headers['HOST']}{super().reference(request, path)}"


class AbsoluteReferencesOnTheWire(Served, AbsoluteReferences):
    """Location and Link are absolute, with the address and port that the client used."""


class RelativeReferences(Harmless):
    """Location and Link are relative to the request: a last segment, or a query alone."""

    about = "references"

    def reference(self, request: Request, path: str) -> str:
        segment, question_mark, query = path.removeprefix("/").partition("?")
        return f"?{query}" if question_mark else f"./{segment}"


class ReferencesWithoutScheme(Harmless):
    """Location and Link have a host and no scheme."""

    about = "references"

    def reference(self, request: Request, path: str) -> str:
        return f"//{request.headers['HOST']}{super().reference(request, path)}"


class AddressForName(Served):
    """The target is called localhost, and Location and Link call it 127.0.0.1."""

    about = "references"
    name = "localhost"

    def reference(self, request: Request, path: str) -> str:
        port = request.headers["HOST"].rpartition(":")[2]
        return f"http://127.0.0.1:{port}{super().reference(request, path)}"


class NameForAddress(Served):
    """The target is called 127.0.0.1, and Location and Link call it localhost."""

    about = "references"

    def reference(self, request: Request, path: str) -> str:
        port = request.headers["HOST"].rpartition(":")[2]
        return f"http://localhost:{port}{super().reference(request, path)}"


class HttpBehindHttps(Harmless):
    """The target is reached by https, and Location and Link say http, which is what its proxy speaks to it."""

    about = "references"
    url = "https://tasks.example"

    def reference(self, request: Request, path: str) -> str:
        return f"http://tasks.example{super().reference(request, path)}"


class InnerNameBehindAProxy(Harmless):
    """The target is reached by https, and Location and Link have the name and port that the proxy knows it by."""

    about = "references"
    url = "https://tasks.example"

    def reference(self, request: Request, path: str) -> str:
        return f"http://backend-7:8080{super().reference(request, path)}"


class HttpsForHttp(Served):
    """The target is reached by http past its proxy, and Location and Link say https."""

    about = "references"

    def reference(self, request: Request, path: str) -> str:
        return f"https://tasks.example{super().reference(request, path)}"
