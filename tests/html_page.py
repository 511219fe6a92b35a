"""What stands in an HTML page."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = ("meta", "link", "input")


class Page(HTMLParser):
    """The elements of a page, in order, and the text in each; every element but a void one has to be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._closed: list[tuple[str, str]] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append((tag, []))

    def handle_data(self, data: str) -> None:
        for _, parts in self._open:
            parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        opened, parts = self._open.pop()
        assert opened == tag
        self._closed.append((tag, "".join(parts)))

    def texts(self, tag: str) -> list[str]:
        """The text of each of these elements, in the order in which they end."""
        return [text for name, text in self._closed if name == tag]

    def attributes(self, tag: str, name: str) -> list[str]:
        """The values of an attribute of these elements."""
        return [value for found, attributes in self.elements if found == tag and (value := attributes.get(name))]
