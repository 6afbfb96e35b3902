"""The life of a paper, as data: drafted, completed, issued under a number, withdrawn only by another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.loop import Field, Loop, State, Step

from . import catalogue, distribution, rules


def _asked_for(key: str) -> Callable[[Any], bool]:
    def this_paper_asks(case: Any) -> bool:
        return any(asked.key == key for asked, _needed in case.paper_type.fields)

    return this_paper_asks


def _kept(asked: catalogue.Asked, case: Any, actor: Any) -> Any:
    return asked.typed(case.content.get(asked.key)) if case is not None else None


FIELDS = tuple(
    Field(
        asked.key,
        asked.label,
        asked.form_kind,
        required=False,
        help=asked.help,
        when=_asked_for(asked.key),
        initial=partial(_kept, asked),
        max_length=asked.most,
    )
    for asked in catalogue.asked_for().values()
)
"""Everything papers ask for; each paper asks for its own. None is required: a draft may have gaps."""

PAPER = Loop(
    "paper",
    label=_("Official paper"),
    start="draft",
    opened_by="paper.draft",
    opened_past="drafted",
    opened_told=_("drafted it"),
    series="GW",
    states=[
        State(
            "draft",
            pgettext_lazy("paper state", "Draft"),
            turn="paper.issue",
            turns=((lambda case: case.has_gaps, "paper.draft"),),
            clock="paper.issue",
        ),
        State("issued", pgettext_lazy("paper state", "Issued"), is_final=True),
        State("withdrawn", pgettext_lazy("paper state", "Withdrawn"), is_final=True, is_side=True),
        State("discarded", pgettext_lazy("paper state", "Discarded"), is_final=True, is_side=True),
    ],
    steps=[
        Step(
            "issue",
            "draft -> issued",
            by="paper.issue",
            by_holder=True,
            label=pgettext_lazy("step", "Issue"),
            past="issued",
            told=_("issued it"),
            is_primary=True,
            shown=lambda case: not case.has_gaps,
            guards=(
                rules.is_whole,
                rules.has_letterhead,
                rules.comes_in_order,
                rules.withdrawn_stands,
                rules.figures_hold,
                rules.can_be_set,
            ),
            prepare=rules.allot_and_freeze,
            effect=rules.settle_issue,
            law="党政机关公文处理工作条例第十条、第二十五条",
        ),
        Step(
            "edit",
            "draft -> =",
            by="paper.draft",
            by_holder=True,
            label=pgettext_lazy("step", "Complete the draft"),
            past="edited",
            told=_("worked on the draft"),
            is_primary=True,
            fields=FIELDS,
            guards=(rules.figures_known, distribution.units_known),
            prepare=rules.keep_answers,
        ),
        Step(
            "refresh",
            "draft -> =",
            by="paper.draft",
            by_holder=True,
            label=pgettext_lazy("step", "Bring the figures up to date"),
            past="refreshed",
            told=_("brought the figures up to date"),
            shown=lambda case: bool(case.content.get("binder")),
            guards=(rules.has_binder,),
            prepare=rules.refresh_figures,
        ),
        Step(
            "discard",
            "draft -> discarded",
            by="paper.draft",
            by_holder=True,
            label=pgettext_lazy("step", "Discard the draft"),
            past="discarded",
            told=_("discarded the draft"),
            is_dangerous=True,
            fields=(Field("reason", _("Reason"), "long"),),
        ),
        Step(
            "withdraw",
            "issued -> withdrawn",
            by="paper.issue",
            by_holder=True,
            label=pgettext_lazy("step", "Withdraw"),
            past="withdrawn",
            told=_("withdrew it by a new paper"),
            shown=lambda case: False,
            fields=(Field("number", _("Number of the paper that withdraws it"), max_length=60),),
            guards=(rules.withdrawn_by_a_paper,),
        ),
    ],
)
