"""The Chinese catalogue: gather the words users read, merge translations, compile.

`python -m xiangling.config.messages` writes xiangling/locale/zh_Hans/LC_MESSAGES/django.po from the words found in
code and templates; translations come from that file and from the fragments beside it, which may be deleted afterwards.
`--check` changes nothing and fails on words without Chinese; `--compile` only makes the .mo files. GNU gettext is not
needed.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = PACKAGE / "locale"
CHINESE = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
FRAGMENTS = LOCALE / "fragments"

_PLAIN = ("_", "gettext", "gettext_lazy", "gettext_noop")
_PLURAL = ("ngettext", "ngettext_lazy")
_CONTEXT = ("pgettext", "pgettext_lazy")
_BOTH = ("npgettext", "npgettext_lazy")
_KEYWORDS = {*_PLAIN, *_PLURAL, *_CONTEXT, *_BOTH}
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
_REMARK = re.compile(r"\{#.*?#\}")
_COTTON_CALL = re.compile(r"""\s:[\w-]+=(["'])(?P<code>.*?_\(.*?\).*?)\1""", re.DOTALL)


def _template_calls(text: str, name: str) -> str:
    """A template as Python text in which only its translation calls are left.

    The brackets around it keep the indentation of the template from meaning anything.
    """
    attributes = "\n".join(match["code"] for match in _COTTON_CALL.finditer(text))
    calls = " ".join(re.findall(r"""_\((?:"[^"]*"|'[^']*')\)""", attributes))
    return f"(\n{templatize(_REMARK.sub('', text), origin=name)}\n{calls}\n)"


def _messages_in(text: bytes) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(line, function, words) of each call; words that are not literals are left out."""
    read: Any = extract_python  # its stubs want the keywords in a form it does not need
    for line, function, words, _comments in read(
        io.BytesIO(text), _KEYWORDS, (), {"encoding": "utf-8"}
    ):
        given = words if isinstance(words, (tuple, list)) else (words,)
        yield line, str(function), tuple(word for word in given if isinstance(word, str))


def extract() -> Catalog:
    """Every message id in the package, with the places it is used."""
    found = Catalog(locale="zh_Hans", fuzzy=False)
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix not in (".py", ".html", ".txt") or "tests" in path.parts:
            continue
        if path.suffix != ".py" and "templates" not in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        place = str(path.relative_to(PACKAGE.parent))
        source = text if path.suffix == ".py" else _template_calls(text, place)
        for _line, function, words in _messages_in(source.encode()):
            _add(found, function, words, place)
    return found


def _add(found: Catalog, function: str, words: tuple[str, ...], place: str) -> None:
    context = words[0] if function in (*_CONTEXT, *_BOTH) and words else None
    words = words[1:] if context is not None else words
    wanted = 2 if function in (*_PLURAL, *_BOTH) else 1
    if len(words) < wanted or not words[0]:
        return
    found.add(words[:2] if wanted == 2 else words[0], locations=[(place, 0)], context=context)


def translations() -> Catalog:
    """What has been translated: the catalogue, and over it the fragments in order of name."""
    merged = Catalog(locale="zh_Hans", fuzzy=False)
    for path in [CHINESE, *_fragments()]:
        for message in _translated(path):
            merged.delete(_key(message), context=message.context)
            merged.add(message.id, message.string, context=message.context)
    return merged


def contradictions() -> list[str]:
    """One line for each id that two fragments put differently: it wants a context."""
    known: dict[tuple[str, str | None], tuple[Any, str]] = {}
    out = []
    for path in _fragments():
        for message in _translated(path):
            key = (_key(message), message.context)
            string, place = known.setdefault(key, (message.string, path.name))
            if string != message.string:
                out.append(f"{path.name}: {key[0]!r} has other Chinese in {place}")
    return out


def _fragments() -> list[Path]:
    return sorted(FRAGMENTS.glob("*.po"))


def _translated(path: Path) -> list[Message]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        found = read_po(file, locale="zh_Hans", abort_invalid=True)
    return [message for message in found if message.id and _is_translated(message)]


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _is_translated(message: Message) -> bool:
    words = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(words) and bool(words)


def merge(found: Catalog, known: Catalog) -> Catalog:
    """The ids in use with their translations, in order of id so that a change shows as few lines."""
    out = Catalog(locale="zh_Hans", project="Xiangling", fuzzy=False)
    for message in sorted((m for m in found if m.id), key=lambda m: (_key(m), m.context or "")):
        old = known.get(_key(message), context=message.context)
        string = old.string if old else ""
        if message.pluralizable and isinstance(string, str):
            string = (string,)
        elif not message.pluralizable and isinstance(string, (tuple, list)):
            string = string[0]
        places = sorted({(place, 0) for place, _line in message.locations})
        out.add(message.id, string, locations=places, context=message.context)
    return out


def problems(catalogue: Catalog) -> list[str]:
    """One line for each message without Chinese, or whose placeholders differ from the English."""
    out = []
    for message in catalogue:
        if not message.id:
            continue
        place = message.locations[0][0] if message.locations else ""
        if not _is_translated(message):
            out.append(f"{place}: no Chinese for {_key(message)!r}")
            continue
        ids = (message.id,) if isinstance(message.id, str) else message.id
        words = (message.string,) if isinstance(message.string, str) else message.string or ()
        wanted = {name for text in ids for name in _PLACEHOLDER.findall(text)}
        given = {name for text in words for name in _PLACEHOLDER.findall(text)}
        if given - wanted or (isinstance(message.id, str) and wanted - given):
            out.append(
                f"{place}: placeholders differ for {_key(message)!r}: {sorted(wanted ^ given)}"
            )
    return sorted(out)


def compile_all(known: Catalog) -> None:
    """Write the .mo file Django reads."""
    target = CHINESE.with_suffix(".mo")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".mo.new")
    with draft.open("wb") as file:
        write_mo(file, known)
    draft.replace(target)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="xiangling messages", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail on missing Chinese"
    )
    parser.add_argument("--compile", action="store_true", help="only make the .mo files")
    options = parser.parse_args(argv)
    known = translations()
    if options.compile:
        compile_all(known)
        return 0
    catalogue = merge(extract(), known)
    complaints = [*problems(catalogue), *contradictions()]
    if not options.check:
        CHINESE.parent.mkdir(parents=True, exist_ok=True)
        with CHINESE.open("wb") as file:
            write_po(file, catalogue, width=0, omit_header=False, include_lineno=False)
        compile_all(known)
    for line in complaints:
        print(line, file=sys.stderr)
    print(f"{len(catalogue)} messages, {len(complaints)} to mend")
    return 1 if complaints and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
