"""Forms of the pages of documents and of what stands beside them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.actor import Actor
from xiangling.kernel.forms import DateInput
from xiangling.org.models import Unit
from xiangling.org.sectors import sector_choices

from . import drafting, queries, terms
from .models import Cycle, Document, Draft, Genre
from .reader import ocr

BLANK = ("", "—")
TYPED = ".txt,.docx,.pdf"


def day(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DateInput(), help_text=help_text)


class UnitsField(forms.TypedMultipleChoiceField):
    """Several units, ticked in a list of groups."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, label: Any, required: bool = False, help_text: Any = "") -> None:
        super().__init__(
            coerce=int, empty_value=[], label=label, required=required, help_text=help_text
        )


class UploadForm(forms.Form):
    """A file, or pasted text, and what a person knows about it."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("TXT, DOCX or PDF with text, up to 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": TYPED}),
    )
    text = forms.CharField(
        label=_("Or paste the text"),
        required=False,
        max_length=1_000_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    title = forms.CharField(
        label=pgettext_lazy("document", "Title"),
        required=False,
        max_length=200,
        help_text=_("Left empty, it is read from the text. So are the next four."),
    )
    issued_on = day(_("Date of the document"))
    speaker = forms.CharField(label=_("Speaker or issuer"), required=False, max_length=120)
    medium = forms.CharField(label=_("Source medium"), required=False, max_length=120)
    genre = forms.ChoiceField(label=_("Type"), required=False)
    implements = forms.ModelChoiceField(
        Document._base_manager.none(),
        label=_("Carries out the plan"),
        required=False,
        empty_label="—",
        help_text=_("For a plan of your own under one from above."),
    )
    keep_anyway = forms.BooleanField(
        label=_("Keep it all the same, even if no task is found in it"), required=False
    )

    def __init__(self, *args: Any, actor: Actor, **more: Any) -> None:
        super().__init__(*args, **more)
        if ocr.is_installed():
            self.fields["file"].help_text = _(
                "TXT, DOCX, PDF, or a scan as PDF or picture, up to 20 MB."
            )
            self.fields["file"].widget.attrs["accept"] = f"{TYPED},.jpg,.jpeg,.png,.tif,.tiff"
        self.fields["genre"].choices = [BLANK, *Genre.choices]  # type: ignore[attr-defined]
        rows = queries.documents_seen(actor).filter(plans_due_on__isnull=False)
        self.fields["implements"].queryset = rows.order_by("-id")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or {}
        if not answers.get("file") and not (answers.get("text") or "").strip():
            raise forms.ValidationError(
                {"file": _("Choose a file or paste a text.")}, code="no_document"
            )
        return answers


class DocumentForm(forms.Form):
    """What is said about a document."""

    title = forms.CharField(label=pgettext_lazy("document", "Title"), max_length=200)
    issued_on = day(_("Date of the document"))
    speaker = forms.CharField(label=_("Speaker or issuer"), required=False, max_length=120)
    medium = forms.CharField(label=_("Source medium"), required=False, max_length=120)
    genre = forms.ChoiceField(label=_("Type"), choices=Genre.choices)


class DraftForm(forms.Form):
    """Everything about a proposed task that a person completes."""

    what = forms.CharField(
        label=_("Task"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    doers = UnitsField(label=_("Doer"), help_text=_("Each ticked unit gets a task of its own."))
    firm = forms.CharField(
        label=_("Or a firm"),
        required=False,
        max_length=120,
        help_text=_("Its full name, as in the register of your area."),
    )
    assists = UnitsField(label=_("Co-handling units"))
    checker = forms.TypedChoiceField(
        label=_("Checking unit"), required=False, coerce=int, empty_value=None
    )
    due_on = day(_("Due"))
    proof_kind = forms.ChoiceField(label=_("Proof"), required=False)
    cycle = forms.ChoiceField(label=_("Comes round"), required=False)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    indicator = forms.CharField(label=_("Indicator"), required=False, max_length=200)
    object_text = forms.CharField(label=_("Object"), required=False, max_length=200)
    words = forms.MultipleChoiceField(
        label=_("Ten words"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, draft: Draft, actor: Actor, **more: Any) -> None:
        super().__init__(*args, **more)
        self.actor = actor
        groups = unit_groups_for(draft, actor)
        choices: dict[str, Any] = {
            "doers": groups,
            "assists": groups,
            "checker": [BLANK, *queries.checker_choices(actor)],
            "proof_kind": [BLANK, *terms.proof_choices()],
            "cycle": [BLANK, *Cycle.choices],
            "sector": [BLANK, *sector_choices()],
            "words": terms.word_choices(),
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(draft: Draft) -> dict[str, Any]:
        found = {name: getattr(draft, name) for name in drafting.SUPPLIABLE if name != "checker"}
        return {**found, "checker": draft.checker_id, "words": list(draft.words)}

    def clean_firm(self) -> int | None:
        name = self.cleaned_data["firm"].strip()
        if not name:
            return None
        found = queries.firm_named(name, self.actor)
        if found is None:
            raise forms.ValidationError(
                _("No firm of this name in your area; check the register."), code="unknown_firm"
            )
        return found.pk

    def values(self) -> dict[str, Any]:
        """The answers as columns of a draft."""
        found = dict(self.cleaned_data)
        firm = found.pop("firm")
        if firm and firm not in found["doers"]:
            found["doers"] = [*found["doers"], firm]
        found["words"] = "".join(found["words"])
        return found


def unit_groups_for(draft: Draft, actor: Actor) -> list[tuple[Any, list[tuple[int, str]]]]:
    """The units to tick: those the text may mean first, then those chosen, then all of the area by level."""
    near = list(queries.doer_units(actor)[: queries.MOST_UNITS])
    meant = {pk for owner in draft.owners for pk in owner["units"]}
    chosen = {*draft.doers, *draft.assists} - {unit.pk for unit in near}
    others = list(Unit.objects.filter(pk__in=chosen))
    labels = {4: _("City"), 6: _("District"), 9: _("Town")}
    groups: list[tuple[Any, list[tuple[int, str]]]] = []
    if first := [(unit.pk, unit.name) for unit in near if unit.pk in meant]:
        groups.append((_("Named in the text"), first))
    if others:
        groups.append((_("Chosen"), [(unit.pk, unit.name) for unit in others]))
    for level, label in labels.items():
        rows = [(u.pk, u.name) for u in near if u.level == level and u.pk not in meant]
        if rows:
            groups.append((label, rows))
    return groups


class CommonForm(forms.Form):
    """What all marked proposals lack, given at once."""

    checker = forms.TypedChoiceField(
        label=_("Checking unit"), required=False, coerce=int, empty_value=None
    )
    due_on = day(_("Due"))
    proof_kind = forms.ChoiceField(label=_("Proof"), required=False)

    def __init__(self, *args: Any, actor: Actor, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["checker"].choices = [BLANK, *queries.checker_choices(actor)]  # type: ignore[attr-defined]
        self.fields["proof_kind"].choices = [BLANK, *terms.proof_choices()]  # type: ignore[attr-defined]


class SplitForm(forms.Form):
    """One line for each task that a proposal becomes."""

    lines = forms.CharField(
        label=_("One task per line"), max_length=5000, widget=forms.Textarea(attrs={"rows": 6})
    )


class DropForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class PlansForm(forms.Form):
    """Which lower units owe a plan of their own, and until when."""

    units = UnitsField(label=_("Units that owe a plan of their own"), required=True)
    due = day(_("Own plans due"), required=True)

    def __init__(self, *args: Any, units: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["units"].choices = units  # type: ignore[attr-defined]
