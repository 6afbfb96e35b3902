"""What a reader of the figures chooses, and what a unit answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xiangling.kernel.forms import DateInput

from .figures import Period
from .signs import SIGNS

BY = [("unit", _("Unit")), ("person", _("Inspector")), ("campaign", _("Campaign"))]


class PeriodForm(forms.Form):
    """The days looked at, both included."""

    begins = forms.DateField(label=_("From"), widget=DateInput())
    ends = forms.DateField(label=_("Until"), widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        begins, ends = found.get("begins"), found.get("ends")
        if begins and ends and not 0 <= (ends - begins).days <= 3660:
            self.add_error(
                "ends", _("The period ends before it begins, or is longer than ten years.")
            )
        return found


class HonestyForm(PeriodForm):
    by = forms.ChoiceField(label=_("By"), choices=BY)


class StatementForm(forms.Form):
    """A unit's answer to one figure."""

    sign = forms.ChoiceField(label=_("Figure"), choices=[(sign.key, sign.label) for sign in SIGNS])
    text = forms.CharField(label=_("Statement"), max_length=2000, widget=forms.Textarea)


def read_period(form: PeriodForm) -> Period:
    """The period of a valid form, else the latest."""
    if form.is_valid():
        return Period(form.cleaned_data["begins"], form.cleaned_data["ends"])
    return Period.latest()


def with_defaults(given: Mapping[str, str]) -> dict[str, str]:
    latest = Period.latest()
    return {
        "begins": given.get("begins") or latest.begins.isoformat(),
        "ends": given.get("ends") or latest.ends.isoformat(),
        "by": given.get("by") or "unit",
    }
