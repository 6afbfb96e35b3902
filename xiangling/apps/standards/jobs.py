"""The import of a standard: a sheet of provisions becomes dated rows of the library."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.imports import MERGED, NEW, Column, Importer, Line, Outcome, refused
from xiangling.kernel.search import bigrams
from xiangling.kernel.sheets import BadValueError, parse_date

from . import actions
from .models import Edition, Provision

COLUMNS = (
    Column("title", _("Standard"), ("标准", "标准名称", "文件名称", "standard"), True),
    Column("number", _("Document number"), ("文号", "标准号", "发文字号"), True),
    Column("article", _("Article"), ("条款", "条款号", "条文", "article"), True),
    Column(
        "text", _("What makes it a major hazard"), ("判定情形", "判定标准", "内容", "text"), True
    ),
    Column("subject", _("What it is about"), ("对象", "判定对象", "subject"), True),
    Column("defect", _("What is wrong with it"), ("缺陷", "不符合", "defect")),
    Column("condition", pgettext_lazy("criterion", "Condition"), ("前提", "适用条件", "condition")),
    Column("threshold", _("Thresholds"), ("阈值", "限值", "threshold")),
    Column("exempt", _("Exemptions"), ("豁免", "除外", "exempt")),
    Column("ask", _("Question on the spot"), ("追问", "现场核实问题", "ask")),
    Column("trade", _("Trade"), ("行业", "适用行业", "trade")),
    Column("begins", _("In force from"), ("施行日期", "生效日期", "from")),
    Column("ends", _("In force until"), ("失效日期", "废止日期", "to")),
    Column("replaces", _("Supersedes"), ("替代", "代替标准", "代替文号")),
    Column("code", _("Code"), ("编号", "条款编号", "id")),
)
MOST_WORDS, LONGEST_WORD = 40, 40
_SPLIT = re.compile(r"[;；、,，\n]+")
_THRESHOLD = re.compile(r"^(?P<fact>[^<>=≤≥]{1,30}?)\s*(?P<op>>=|<=|≥|≤|>|<)\s*(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>\S{0,12})$")  # fmt: skip
_OPS = {"≥": ">=", "≤": "<="}


def _cell(line: Line, key: str, most: int) -> str:
    value = line.values.get(key)
    words = "" if value is None else " ".join(str(value).split())
    if len(words) > most:
        raise BadValueError("long", _("A cell is longer than %(n)d characters.") % {"n": most})
    return words


def _words(line: Line, key: str) -> list[str]:
    found = [word.strip() for word in _SPLIT.split(_cell(line, key, 1000)) if word.strip()]
    if len(found) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in found):
        raise BadValueError(
            "words", _("Give at most 40 words of at most 40 characters, separated by “;”.")
        )
    return list(dict.fromkeys(found))


def _thresholds(line: Line, ask: str) -> list[dict[str, Any]]:
    found = []
    for said in _words(line, "threshold"):
        match = _THRESHOLD.match(unicodedata.normalize("NFKC", said))
        if match is None:
            raise BadValueError(
                "threshold",
                _("“%(said)s” is no threshold. Write it like 作业人数>9人.") % {"said": said},
            )
        op = _OPS.get(match["op"], match["op"])
        fact = match["fact"].strip()
        found.append(
            {
                "fact": fact, "near": [fact], "unit": match["unit"], "op": op,
                "value": float(match["value"]), "ask": ask,
            }
        )  # fmt: skip
    return found


@dataclass
class _Shelf:
    """The editions and provisions that a batch of lines names, found in a few queries."""

    actor: Actor
    editions: dict[str, Edition] = field(default_factory=dict)
    provisions: dict[tuple[int, str], Provision] = field(default_factory=dict)
    codes: dict[str, Provision] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Sequence[Line], actor: Actor) -> _Shelf:
        shelf = cls(actor)
        for edition in Edition.objects.all():
            shelf.editions[plain(edition.number)] = edition
            shelf.editions.setdefault(plain(edition.key), edition)
        wanted = {str(line.values.get("code") or "").strip() for line in lines}
        for clause in Provision.objects.select_related("edition").filter(code__in=wanted - {""}):
            shelf.codes[clause.code] = clause
        numbers = {plain(str(line.values.get("number") or "")) for line in lines}
        named = [shelf.editions[n].pk for n in numbers if n in shelf.editions]
        for clause in Provision.objects.select_related("edition").filter(edition__in=named):
            shelf.provisions[clause.edition_id, plain(clause.article)] = clause
        return shelf

    def edition(self, line: Line) -> Edition:
        """The edition a line belongs to, made where it is new. Raises BadValueError."""
        title, number = _cell(line, "title", 160), _cell(line, "number", 80)
        if not title or not number:
            raise BadValueError(
                "standard", _("The standard's title or document number is missing.")
            )
        begins, ends = parse_date(line.values.get("begins")), parse_date(line.values.get("ends"))
        known = self.editions.get(plain(number))
        if known is not None:
            return self._held(known, begins)
        if begins is None:
            raise BadValueError("begins", _("Say from which day this new standard is in force."))
        if ends is not None and ends < begins:
            raise BadValueError("ends", _("A standard cannot end before it begins."))
        return self._new(title, number, begins, ends, _cell(line, "replaces", 80))

    def _held(self, known: Edition, begins: date | None) -> Edition:
        if begins is not None and begins != known.begins_on:
            raise BadValueError(
                "begins",
                _("This standard is known as in force from %(day)s.") % {"day": known.begins_on},
            )
        return known

    def _new(
        self, title: str, number: str, begins: date, ends: date | None, replaces: str
    ) -> Edition:
        group = ""
        if replaces:
            earlier = self.editions.get(plain(replaces))
            if earlier is None:
                raise BadValueError(
                    "replaces",
                    _("The superseded standard is not in the library; check its number."),
                )
            group = earlier.group
        key = f"C{Edition.objects.filter(is_from_pack=False).count() + 1:03d}"
        row = Edition.objects.create(
            key=key, group=group or key, title=title, number=number, begins_on=begins, ends_on=ends,
            numbering="section", changed_at=clock.now(), search=bigrams(title, number),
        )  # fmt: skip
        self.editions[plain(number)] = row
        return row

    def take(self, line: Line) -> Outcome:
        """Write one clause. Raises BadValueError."""
        edition, ask = self.edition(line), _cell(line, "ask", 200)
        facts: dict[str, Any] = {
            "article": _cell(line, "article", 40),
            "trade": _cell(line, "trade", 40),
            "text": _cell(line, "text", 1000),
            "subject": _words(line, "subject"),
            "defect": _words(line, "defect"),
            "condition": _words(line, "condition"),
            "thresholds": _thresholds(line, ask),
            "exempt": _words(line, "exempt"),
            "ask": ask,
        }
        lacking = [name for name in ("article", "text", "subject") if not facts[name]]
        if lacking:
            labels = {column.key: column.label for column in COLUMNS}
            raise BadValueError(
                "lacking", _("This is missing: %(what)s.") % {"what": labels[lacking[0]]}
            )
        code = _cell(line, "code", 40)
        if code and not re.fullmatch(r"[A-Za-z0-9_.-]+", code):
            raise BadValueError("code", _("A code holds letters, digits, dots and dashes only."))
        known = self.codes.get(code) or self.provisions.get((edition.pk, plain(facts["article"])))
        if known is not None:
            return self._again(known, edition, facts)
        return self._first(edition, facts, code)

    def _again(self, known: Provision, edition: Edition, facts: dict[str, Any]) -> Outcome:
        if known.is_from_pack:
            return refused(
                _("%(code)s comes with the product; give a newer edition its own document number.")
                % {"code": known.code}
            )
        if known.edition_id != edition.pk:
            return refused(_("This code belongs to a clause of another standard."))
        actions.set_clause(known, facts, self.actor)
        return MERGED

    def _first(self, edition: Edition, facts: dict[str, Any], code: str) -> Outcome:
        own = edition.provisions.count() + 1
        while not code or Provision.objects.filter(code=code).exists():
            code, own = f"{edition.key}-{own:03d}", own + 1
        clause = Provision(code=code, edition=edition, changed_at=clock.now(), **facts)
        clause.search = actions.words_of_clause(clause, edition)
        clause.save()
        self.codes[code] = self.provisions[edition.pk, plain(facts["article"])] = clause
        if not edition.is_held:
            edition.is_held = True
            edition.save(update_fields=["is_held"])
        return NEW


def plain(words: str) -> str:
    """A number or article as it is compared: narrow, without blanks and brackets."""
    return re.sub(r"[\s()〔〕\[\]《》]", "", unicodedata.normalize("NFKC", words)).lower()


def take(lines: Sequence[Line], actor: Actor) -> list[Outcome]:
    """Take in a batch of provisions; a clause that is known is brought up to date."""
    shelf = _Shelf.of(lines, actor)
    outcomes = []
    for line in lines:
        try:
            outcomes.append(shelf.take(line))
        except BadValueError as problem:
            outcomes.append(refused(problem.message))
    return outcomes


IMPORTER = Importer(
    key="criteria",
    label=_("Criteria of a standard"),
    columns=COLUMNS,
    duty="standard.import",
    take=take,
    list_key="criteria",
    help=_(
        "One row per clause, in your own words. Several words of a cell are separated by “;”. "
        "A clause that is already there is brought up to date."
    ),
    notes={
        "subject": _("The things or activities the clause is about, as inspectors call them."),
        "defect": _("Words for what is missing, broken or forbidden."),
        "threshold": _("A number that decides, like 作业人数>9人."),
        "replaces": _("Document number of the edition it supersedes, if any."),
    },
    sample=(
        {
            "title": "某行业重大事故隐患判定标准",
            "number": "某部〔2026〕1号",
            "article": "4.2",
            "text": "速冻间同一时间作业人数超过规定",
            "subject": "速冻间;单冻机",
            "defect": "超员;人数超",
            "threshold": "作业人数>9人",
            "ask": "作业人数是否超过9人？",
            "begins": "2026-07-01",
        },
    ),
)
registry.add("importers", IMPORTER.key, IMPORTER)
