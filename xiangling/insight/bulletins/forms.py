"""Forms of the bulletins' pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.insight.periods import Period
from xiangling.org.forms import OrgForm

N_MONTHS, N_QUARTERS = 12, 4


class PeriodForm(OrgForm):
    """The month or quarter a bulletin is to report: those that are over, newest first, and the one under way."""

    period = forms.ChoiceField(label=_("Period"))

    def __init__(self, *args: Any, on: date, **more: Any) -> None:
        super().__init__(*args, on=on, **more)
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            (_("Months"), [_choice(month, on) for month in _back(on, 1, N_MONTHS + 1)]),
            (_("Quarters"), [_choice(quarter, on) for quarter in _back(on, 3, N_QUARTERS + 1)]),
        ]
        self.fields["period"].initial = _back(on, 1, 2)[1].code()


def _back(on: date, length: int, n: int) -> list[Period]:
    """The period of so many months that holds a day, and those before it."""
    first = on.replace(month=(on.month - 1) // length * length + 1, day=1)
    found = []
    for _number in range(n):
        after = first
        for _month in range(length):
            after = (after + timedelta(days=31)).replace(day=1)
        found.append(Period(first, after - timedelta(days=1)))
        for _month in range(length):
            first = (first - timedelta(days=1)).replace(day=1)
    return found


def _choice(period: Period, on: date) -> tuple[str, Any]:
    label = period.label()
    if period.last >= on:
        label = _("%(period)s (under way)") % {"period": label}
    return period.code(), label


class WordsForm(forms.Form):
    """The words of a draft."""

    title = forms.CharField(label=pgettext_lazy("bulletin", "Title"), max_length=100)
    addressee = forms.CharField(label=_("Addressee"), max_length=200)
    body = forms.CharField(
        label=pgettext_lazy("bulletin", "Text"), max_length=40_000, widget=forms.Textarea
    )
    copies = forms.CharField(label=_("Copies to"), max_length=300, required=False)
    attachments = forms.CharField(
        label=_("Attachments"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("One a line, by name"),
    )  # fmt: skip
    distribution = forms.CharField(
        label=_("Units that receive it"), max_length=20_000, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One full name a line; once it is issued they can read it here and are told; not printed on the paper"),
    )  # fmt: skip
