"""The rules that requirements and packages keep."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

import contract.laws
from contract.requirement import TOPICS, Requirement, UnknownSelector, catalogue, law_of, read_laws, select
from tests.catalogue import FILE, render

ROOT = Path(__file__).parent.parent
ENTRIES = catalogue()


def requirement_ids(entry: Requirement) -> str:
    return entry.id


@pytest.mark.parametrize("entry", ENTRIES, ids=requirement_ids)
def test_sentence_states_one_fact(entry: Requirement) -> None:
    assert entry.sentence.endswith(".")
    assert not re.search(r"[.!?] [A-Z]", entry.sentence), "more than one sentence"
    assert not re.search(r"\b(should|shall|must|ought|please)\b", entry.sentence, re.IGNORECASE)
    assert len(entry.sentence) <= 200


@pytest.mark.parametrize("entry", ENTRIES, ids=requirement_ids)
def test_law_stands_in_the_file_of_its_topic(entry: Requirement) -> None:
    slug = entry.id.partition(".")[2]

    assert entry.topic in TOPICS
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert entry.law == f"contract.laws.test_{entry.topic}:test_{slug.replace('-', '_')}"


@pytest.mark.parametrize("entry", ENTRIES, ids=requirement_ids)
def test_law_carries_what_the_catalogue_reads(entry: Requirement) -> None:
    assert law_of(entry).requirement == entry  # type: ignore[attr-defined]


def test_laws_are_read_from_their_files_as_they_are_imported() -> None:
    read = read_laws(sorted(Path(contract.laws.__file__ or "").parent.glob("test_*.py")))

    assert {entry.id: entry for entry in read} == {entry.id: law_of(entry).requirement for entry in read}  # type: ignore[attr-defined]
    assert {entry.id for entry in read} == {entry.id for entry in ENTRIES}


def test_every_law_is_in_the_catalogue() -> None:
    modules = [importlib.import_module(f"contract.laws.test_{topic}") for topic in TOPICS]
    carried = [law.requirement for module in modules for law in vars(module).values() if hasattr(law, "requirement")]

    assert set(carried) == set(ENTRIES)


def test_an_id_has_one_law(tmp_path: Path) -> None:
    files = [tmp_path / "test_delete.py", tmp_path / "test_update.py"]
    for file in files:
        file.write_text('@requirement("delete.gone")\ndef test_gone(api):\n    """A task is gone."""\n')

    with pytest.raises(ValueError, match=r"^delete\.gone is declared by .*test_delete:.* and by .*test_update:.*\.$"):
        read_laws(files)


def test_core_is_the_operations_and_four_more() -> None:
    outside = {entry.id for entry in select(ENTRIES, ["core"]) if entry.topic not in {*TOPICS[:2], *TOPICS[3:6]}}

    assert outside == {"list.complete", "list.order", "error.shape", "error.no-5xx"}


def test_selection_takes_ids_topics_and_core() -> None:
    chosen = [entry.id for entry in select(ENTRIES, ["delete", "id.unique"], ["delete.gone"])]

    assert chosen == ["delete.idempotent", "delete.bystanders", "id.unique"]


def test_unknown_name_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(UnknownSelector, match=r"^'delte' is no requirement; use an id .*\.$"):
        select(ENTRIES, ["delte"])


def test_catalogue_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == render()


@pytest.mark.parametrize(
    ("package", "foreign"),
    [("contract", "reference_app"), ("reference_app", "contract"), ("contract", "tests"), ("reference_app", "tests")],
)
def test_packages_stand_apart(package: str, foreign: str) -> None:
    imports = {
        (file.name, name) for file in (ROOT / package).rglob("*.py") for name in _imported(file) if name == foreign
    }

    assert imports <= {("cli.py", "reference_app")}, "only the command line knows the embedded server"


def test_domain_knows_nothing_of_flask() -> None:
    assert not {"flask", "werkzeug"} & _imported(ROOT / "reference_app" / "domain.py")


def _imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names
