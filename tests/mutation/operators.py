"""Operators of mutation for what cosmic-ray leaves alone: strings, whole statements, and arguments by keyword."""

from __future__ import annotations

import re
from typing import Any

from parso.python.tree import Keyword

_STRING = re.compile(r"""([a-zA-Z]*(['"]))(.*)\2""")
_DOCSTRING = ('"""', "'''")
_SENTENCE = re.compile(r"""[^ ]+ .+\.['"]""")
"""A string of words that ends in a full stop; how it is worded is left open."""

Position = tuple[tuple[int, int], tuple[int, int]]


class ReplaceString:
    """A string becomes empty, or gets other text around it unless it is a sentence."""

    def mutation_positions(self, node: Any) -> list[Position]:
        if node.type != "string" or node.value.startswith(_DOCSTRING):
            return []
        return (1 if _SENTENCE.fullmatch(node.value) else 2) * [(node.start_pos, node.end_pos)]

    def mutate(self, node: Any, index: int) -> Any:
        node.value = _STRING.sub(r"\1XX\3XX\2" if index else r"\1\2", node.value)
        return node


class RemoveFixedText:
    """An f-string that is no sentence lacks a part of its fixed text."""

    def mutation_positions(self, node: Any) -> list[Position]:
        is_mutated = node.type == "fstring_string" and not _SENTENCE.fullmatch(node.parent.get_code().strip())
        return [(node.start_pos, node.end_pos)] if is_mutated else []

    def mutate(self, node: Any, index: int) -> Any:
        node.value = ""
        return node


class RemoveStatement:
    """A statement in a function does nothing."""

    def mutation_positions(self, node: Any) -> list[Position]:
        is_statement = node.type == "simple_stmt" and node.search_ancestor("funcdef") is not None
        does_something = is_statement and node.children[0].type not in ("string", "keyword")
        return [(node.start_pos, node.end_pos)] if does_something else []

    def mutate(self, node: Any, index: int) -> Any:
        node.children[0] = Keyword("pass", node.start_pos, node.get_first_leaf().prefix)
        return node


class RemoveKeywordArgument:
    """A call leaves out an argument that it gives by keyword."""

    def mutation_positions(self, node: Any) -> list[Position]:
        arguments = [node.children[index] for index in self._arguments(node)]
        return [(argument.start_pos, argument.end_pos) for argument in arguments]

    def mutate(self, node: Any, index: int) -> Any:
        start = self._arguments(node)[index]
        has_comma_before = node.type == "arglist" and start > 0
        del node.children[start - has_comma_before : start + 1 + (node.type == "arglist" and not has_comma_before)]
        return node

    @staticmethod
    def _arguments(node: Any) -> list[int]:
        children = enumerate(getattr(node, "children", ()))
        return [index for index, child in children if child.type == "argument" and child.children[1] == "="]


OWN = (ReplaceString, RemoveFixedText, RemoveStatement, RemoveKeywordArgument)
