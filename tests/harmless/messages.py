"""Messages in any language."""

from __future__ import annotations

from tests.harmless.base import Harmless, Request, Response

Details = list[dict[str, str]] | None


def _said(details: Details, message: str) -> Details:
    return [{**entry, "message": message} for entry in details] if details else None


class GermanMessages(Harmless):
    """Messages are in German, and Content-Language says so."""

    about = "messages"

    def error(self, status: int, message: str, details: Details = None) -> Response:
        text = "Die Anfrage lässt sich so nicht ausführen: Bitte prüfen Sie Ihre Eingaben."
        response = super().error(status, text, _said(details, "„Das“ geht hier nicht."))
        response.headers["Content-Language"] = "de"
        return response


class JapaneseMessages(Harmless):
    """Messages are in Japanese."""

    about = "messages"

    def error(self, status: int, message: str, details: Details = None) -> Response:
        return super().error(status, "要求を処理できません。", _said(details, "値が正しくありません。"))


class ArabicMessages(Harmless):
    """Messages are in Arabic, with digits of that script and marks of direction."""

    about = "messages"

    def error(self, status: int, message: str, details: Details = None) -> Response:
        return super().error(
            status,
            "\u202b\u0631\u0641\u0636 \u0627\u0644\u0637\u0644\u0628 \u0664\u0660\u0660\u202c",
            _said(details, "\u0642\u064a\u0645\u0629"),
        )


class TerseMessages(Harmless):
    """Messages are one character long, and those of details are empty."""

    about = "messages"

    def error(self, status: int, message: str, details: Details = None) -> Response:
        return super().error(status, "!", _said(details, ""))


class MessagesThatRepeatTheRequest(Harmless):
    """Messages repeat the path and the body of the request."""

    about = "messages"

    def answer(self, request: Request) -> Response:
        self._asked = request
        return super().answer(request)

    def error(self, status: int, message: str, details: Details = None) -> Response:
        body = self._asked.body[:500].decode("utf-8", "replace")
        repeated = f"{message}: {self._asked.path} {body}"
        return super().error(status, repeated, _said(details, f"was not understood in {body}"))


class QueriesWithDetails(Harmless):
    """The refusal of a query names the parameter in details."""

    def error(self, status: int, message: str, details: Details = None) -> Response:
        parameter = message.partition(" ")[0]
        if status == 400 and parameter in ("done", "limit", "after"):
            details = [{"field": parameter, "message": message}]
        return super().error(status, message, details)
