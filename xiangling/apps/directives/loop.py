"""The life of a task, as data: given out, taken on, done with proof, checked by somebody else."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.loop import Field, Loop, ProofRule, State, Step

from . import actions, queries, rules, terms

REASON = Field("reason", _("Reason"), "long")
OPINION = Field("opinion", _("Opinion"), "long")


def doers(case: Any, actor: Any) -> list[tuple[int, str]]:
    return queries.doer_choices(actor)


def every_proof(case: Any, actor: Any) -> list[tuple[str, str]]:
    return terms.proof_choices(all_kinds=True)


def is_standing(case: Any) -> bool:
    return bool(case.is_standing)


STATES = [
    State("assigned", pgettext_lazy("state", "Assigned"), turn="task.do", clock="task.accept"),
    State(
        "doing",
        pgettext_lazy("state", "Being done"),
        turn="task.do",
        clock="task.do",
        due="due_on",
    ),
    State("submitted", pgettext_lazy("task", "Handed in"), turn="task.check", clock="task.check"),
    State("done", pgettext_lazy("task", "Done"), is_final=True),
    State(
        "disputed",
        pgettext_lazy("state", "Disputed"),
        turn="task.assign",
        clock="task.rule",
        is_side=True,
    ),
    State("skipped", pgettext_lazy("state", "Skipped"), is_final=True, is_side=True),
    State("withdrawn", pgettext_lazy("state", "Withdrawn"), is_final=True, is_side=True),
]

TAKING_ON = [
    Step(
        "accept",
        "assigned -> doing",
        by="task.do",
        by_holder=True,
        label=pgettext_lazy("task", "Take it on"),
        past="accepted",
        told=_("took the task on"),
        is_primary=True,
        fields=(
            Field(
                "doer_person",
                _("Person in charge"),
                to="doer_person",
                max_length=40,
                initial=lambda case, actor: actor.name if actor else "",
            ),
        ),
    ),
    Step(
        "dispute",
        "assigned -> disputed",
        by="task.do",
        by_holder=True,
        label=pgettext_lazy("task", "Dispute it"),
        past="disputed",
        told=_("disputed the task"),
        fields=(
            REASON,
            Field("other_unit", _("Whose it should be"), required=False, max_length=120),
        ),
    ),
    Step(
        "rule",
        "assigned, disputed -> assigned",
        by="task.assign",
        by_holder=True,
        label=pgettext_lazy("task", "Decide who does it"),
        past="ruled",
        told=_("decided who does it"),
        is_primary=True,
        shown=lambda case: case.state == "disputed",
        restarts_clock=True,
        fields=(
            Field(
                "unit",
                _("Doer"),
                "unit",
                to="unit_id",
                choices=doers,
                initial=lambda case, actor: case.unit_id,
            ),
            REASON,
        ),
        prepare=rules.settle,
        effect=actions.tell_doer,
    ),
]

DOING = [
    Step(
        "progress",
        "doing -> =",
        by="task.do",
        by_holder=True,
        label=pgettext_lazy("task", "Report progress"),
        past="progressed",
        told=_("reported progress"),
        fields=(
            Field(
                "text",
                _("Progress"),
                "long",
                help=_("Reports, meetings and study are noted here; they do not finish a task."),
            ),
        ),
    ),
    Step(
        "split",
        "doing -> =",
        by="task.do",
        by_holder=True,
        label=pgettext_lazy("task", "Split to lower units"),
        past="split",
        told=_("split it to lower units"),
        shown=lambda case: not case.parts.filter(part="share").exists(),
        fields=(
            Field(
                "parts",
                _("Units and shares"),
                "long",
                initial=queries.split_proposal,
                help=_(
                    "One unit or firm per line, by its full name, with its share in percent. The shares sum to 100."
                ),
            ),
            Field("due_on", _("Due"), "date", initial=lambda case, actor: case.due_on),
        ),
        guards=(rules.shares_fit,),
        effect=actions.open_shares,
    ),
    Step(
        "submit",
        "doing -> submitted",
        by="task.do",
        by_holder=True,
        label=pgettext_lazy("task", "Hand in with proof"),
        past="submitted",
        told=_("handed it in with proof"),
        is_primary=True,
        fields=(
            Field("done", _("What was done"), "long"),
            Field(
                "proof_given",
                _("Proof"),
                "choice",
                choices=every_proof,
                initial=lambda case, actor: case.proof_kind,
            ),
        ),
        proof=ProofRule({"site": 0}, since="open"),
        guards=(rules.proof_counts, rules.parts_are_done),
    ),
]

CHECKING = [
    Step(
        "pass",
        "submitted -> done",
        by="task.check",
        by_holder=True,
        not_by=("submit", "accept"),
        label=pgettext_lazy("task", "Pass"),
        past="passed",
        told=_("checked it and passed it"),
        is_primary=True,
        fields=(OPINION,),
    ),
    Step(
        "give_back",
        "submitted -> doing",
        by="task.check",
        by_holder=True,
        not_by=("submit", "accept"),
        label=pgettext_lazy("task", "Return it"),
        past="given_back",
        told=_("returned it"),
        fields=(REASON,),
    ),
    Step(
        "reopen",
        "done -> doing",
        by="task.check",
        by_holder=True,
        not_by=("submit", "accept"),
        label=pgettext_lazy("task", "Re-open"),
        past="reopened",
        told=_("re-opened the task"),
        is_dangerous=True,
        fields=(REASON,),
    ),
]

STEERING = [
    Step(
        "adjust",
        "assigned, doing -> =",
        by="task.assign",
        by_holder=True,
        label=pgettext_lazy("task", "Move the due date"),
        past="adjusted",
        told=_("moved the due date"),
        fields=(
            Field(
                "due_on",
                _("Due"),
                "date",
                to="due_on",
                initial=lambda case, actor: case.due_on,
            ),
            REASON,
        ),
        guards=(rules.due_ahead,),
    ),
    Step(
        "skip",
        "assigned, doing -> skipped",
        by="task.assign",
        by_holder=True,
        label=pgettext_lazy("task", "Skip this period"),
        past="skipped",
        told=_("skipped this period"),
        is_dangerous=True,
        shown=is_standing,
        fields=(REASON,),
        guards=(rules.only_standing,),
        effect=actions.withdraw_parts,
    ),
    Step(
        "withdraw",
        "assigned, disputed, doing -> withdrawn",
        by="task.assign",
        by_holder=True,
        label=pgettext_lazy("task", "Withdraw"),
        past="withdrawn",
        told=_("withdrew the task"),
        is_dangerous=True,
        fields=(REASON,),
        effect=actions.withdraw_parts,
    ),
    Step(
        "end_cycle",
        "* -> =",
        by="task.assign",
        by_holder=True,
        label=pgettext_lazy("task", "End the standing duty"),
        past="cycle_ended",
        told=_("ended the standing duty"),
        is_dangerous=True,
        shown=is_standing,
        fields=(REASON,),
        guards=(rules.only_standing,),
        effect=actions.end_recurrence,
    ),
    Step(
        "instruct",
        "* -> =",
        by="task.instruct",
        label=pgettext_lazy("step", "Instruct"),
        past="instructed",
        told=_("gave an instruction"),
        fields=(Field("text", _("Instruction"), "long"),),
    ),
]

TASK = Loop(
    "task",
    label=_("Task"),
    start="assigned",
    opened_by="task.assign",
    opened_past="assigned",
    opened_told=_("assigned it"),
    series="RW",
    states=STATES,
    steps=TAKING_ON + DOING + CHECKING + STEERING,
)
