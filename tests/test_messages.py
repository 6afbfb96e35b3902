"""The catalogue tool finds the words, and says which lack Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from xiangling.config import messages

TEMPLATE = """{% load i18n %}<div>
   {% if late %}
 <c-card title="{% translate 'Overdue' %}" :hint="_('Ask the office')"> it's "late
     {% translate "Open" context "state" %} {{ _("Whose turn") }} {{ x|default:_("unknown") }}
  {% endif %}
 {% blocktranslate trimmed count n=n %}
   One
   hazard
 {% plural %} {{ n }} hazards {% endblocktranslate %}
 {# a remark #} {% translate "After a remark" %}"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "product"
    (package / "templates").mkdir(parents=True)
    (package / "templates" / "page.html").write_text(TEMPLATE)
    (package / "words.py").write_text(
        'x = _("Sealed")\ny = ngettext("%(n)d day", "%(n)d days", 3)\nz = _(not_a_literal)\n'
    )
    fragments = package / "locale" / "fragments"
    fragments.mkdir(parents=True)
    for name, value in {
        "PACKAGE": package,
        "LOCALE": package / "locale",
        "CHINESE": package / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po",
        "FRAGMENTS": fragments,
    }.items():
        monkeypatch.setattr(messages, name, value)
    return package


def ids(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


def test_words_are_found_in_code_and_templates(package: Path) -> None:
    assert ids(messages.extract()) == {
        "Sealed",
        ("%(n)d day", "%(n)d days"),
        "Overdue",
        "Ask the office",
        "Open",
        "Whose turn",
        "unknown",
        ("One hazard", "%(n)s hazards"),
        "After a remark",
    }


def test_missing_chinese_and_wrong_placeholders_fail_the_check(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (package / "locale" / "fragments" / "a.po").write_text(
        'msgid "Sealed"\nmsgstr "已封存"\n\n'
        'msgid "%(n)d day"\nmsgid_plural "%(n)d days"\nmsgstr[0] "%(m)d天"\n'
    )
    assert messages.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "no Chinese for 'Overdue'" in said
    assert "Sealed" not in said
    assert "placeholders differ for '%(n)d day'" in said
    assert not messages.CHINESE.exists()


def test_one_id_with_two_meanings_wants_a_context(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fragments = package / "locale" / "fragments"
    (fragments / "a.po").write_text('msgid "Sealed"\nmsgstr "已封存"\n')
    (fragments / "b.po").write_text('msgid "Sealed"\nmsgstr "密封"\n')
    assert messages.main(["--check"]) == 1
    assert "b.po: 'Sealed' has other Chinese in a.po" in capsys.readouterr().err


def test_fragments_are_merged_into_the_one_catalogue(package: Path) -> None:
    fragment = package / "locale" / "fragments" / "a.po"
    fragment.write_text('msgid "Sealed"\nmsgstr "已封存"\n\nmsgid "Unused"\nmsgstr "无用"\n')
    messages.main([])
    fragment.unlink()
    text = messages.CHINESE.read_text()
    assert 'msgid "Sealed"\nmsgstr "已封存"' in text
    assert "Unused" not in text
    assert messages.CHINESE.with_suffix(".mo").exists()
    before = text
    messages.main([])
    assert messages.CHINESE.read_text() == before
