"""The documents say what is there: terms, loops, settings, commands and paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps

from xiangling.config.command import COMMANDS
from xiangling.config.environment import Environment
from xiangling.kernel import packs, registry
from xiangling.kernel.management.commands.loops import document
from xiangling.org.models import DutyLine

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
FOLDERS = ("xiangling/", "tests/", "docs/", "scripts/", "frontend/", ".ci/")


NAME = re.compile(r"^(?:kernel|org|web|api)\.[a-z_]+\.\w+$")


def is_there(name: str) -> bool:
    """Whether `kernel.engine.move` and the like can be imported."""
    module, _dot, member = f"xiangling.{name}".rpartition(".")
    return hasattr(import_module(module), member)


def plain(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row."""
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("|").split(" |")]


# Glossary -----------------------------------------------------------------------------------------


def words_of_the_code() -> set[tuple[str, str]]:
    """(word, kind) of everything that is named once and used everywhere."""
    found = {
        (model.__name__, "model")
        for model in apps.get_models()
        if model.__module__.startswith("xiangling.")
    }
    found |= {(layer, "layer") for layer in DutyLine.Layer.values}
    found |= {(code, "duty") for code in registry.shelf("duties")}
    found |= {(row["key"], "role") for row in packs.load("roles")}
    for loop in (kind.loop for kind in registry.kinds()):
        found |= {(name, f"state of {loop.kind}") for name in loop.states}
        found |= {(name, f"step of {loop.kind}") for name in loop.steps}
        pasts = {loop.opened_past, *(step.past for step in loop.steps.values()), *loop.recorded}
        ladder = [row for row in packs.load("ladders") if row["key"] == loop.ladder]
        pasts |= {rung["do"] for row in ladder for rung in row["rungs"]}
        found |= {(f"{loop.kind}.{past}", "entry") for past in pasts}
    return found


def words_of_the_glossary() -> list[tuple[str, str, str]]:
    """(word, kind, term) of every row."""
    text = (DOCS / "glossary.md").read_text("utf-8")
    return [(cells[1].strip("`"), cells[2], cells[0]) for cells in rows(text) if cells[0] != "term"]


def test_every_word_of_the_code_is_in_the_glossary_and_the_other_way_round() -> None:
    known = {(word, kind) for word, kind, _term in words_of_the_glossary()}
    named = words_of_the_code()
    assert named - known == set(), "missing in docs/glossary.md"
    assert {pair for pair in known if pair[1] != "term"} - named == set(), "no longer in the code"


def test_every_word_of_the_glossary_stands_once_and_has_its_chinese() -> None:
    found = words_of_the_glossary()
    pairs = [(word, kind) for word, kind, _term in found]
    assert sorted(set(pairs)) == sorted(pairs)
    assert [word for word, _kind, term in found if not re.search(r"[\u4e00-\u9fff]", term)] == []


# Loops --------------------------------------------------------------------------------------------


def test_the_loops_are_the_declared_ones() -> None:
    assert (DOCS / "loops.md").read_text("utf-8") == document(), "write it anew: make loops"


# Operations ---------------------------------------------------------------------------------------


def test_every_setting_is_explained_with_its_default() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    told = {cells[0].strip("`"): cells[1].strip("`") for cells in rows(text) if len(cells) == 3}
    for name, field in Environment.model_fields.items():
        variable = name.upper() if field.validation_alias else f"XL_{name.upper()}"
        default = field.default
        if isinstance(default, bool):
            default = int(default)
        wanted = ",".join(default) if isinstance(default, list) else str(default)
        assert told.pop(variable) == wanted, variable
    assert [name for name in told if name.startswith("XL_")] == []


def test_every_command_is_explained() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    for name, command in COMMANDS.items():
        assert f"xiangling {name}" in text or not command.is_listed, name


# All pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_and_command_that_a_page_names_exists(page: Path) -> None:
    text = plain(page)
    quoted = re.findall(r"`([^`\s]+)`", text)
    named = {word for word in quoted if word.startswith(FOLDERS) and not re.search(r"[<*{]", word)}
    made = set(re.findall(r"^New file `([^`]+)`:$", text, re.MULTILINE))
    missing = {word for word in named - made if not (ROOT / word).exists()}
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)", text)
    missing |= {word for word in quoted if NAME.match(word) and not is_there(word)}
    missing |= {link for link in links if not (page.parent / link).exists()}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    whole = page.read_text("utf-8")
    asked = set(re.findall(r"(?:`|^\s*)make ([a-z]+)", whole, re.MULTILINE))
    asked |= {f"xiangling {name}" for name in re.findall(r"`(?:\S*/)?xiangling ([a-z]+)", whole)}
    targets |= {f"xiangling {name}" for name in COMMANDS}
    assert (missing, asked - targets) == (set(), set())
