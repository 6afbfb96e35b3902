"""Forms of the figures' pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.actor import Actor
from xiangling.kernel.forms import DateInput
from xiangling.org.forms import OrgForm, PlaceChoice

from .lists import indicator_choices


class OfficialForm(OrgForm):
    """One official figure with its source."""

    indicator = forms.ChoiceField(label=pgettext_lazy("official", "Indicator"))
    region = PlaceChoice(label=_("Region"), required=False)
    period = forms.CharField(
        label=_("Period"), max_length=40,
        help_text=_("For example 2026-10, 2026年1-4月, 2026-Q3 or 2025."),
    )  # fmt: skip
    figure = forms.CharField(
        label=pgettext_lazy("official", "Figure"), max_length=40,
        help_text=_("As the source writes it, with its unit; a masked one as **, it stays unknown."),
    )  # fmt: skip
    citation = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("Title and number of the document."),
    )
    source_on = forms.DateField(label=_("Date of the source"), widget=DateInput())

    def __init__(self, *args: Any, actor: Actor, on: date, **more: Any) -> None:
        super().__init__(*args, actor=actor, on=on, **more)
        self.fields["indicator"].choices = indicator_choices(actor)  # type: ignore[attr-defined]


class MergerForm(OrgForm):
    """A division merged into another."""

    old = PlaceChoice(label=_("Merged division"))
    new = PlaceChoice(label=_("Merged into"))
    day = forms.DateField(label=_("Merged on"), widget=DateInput())
    basis = forms.CharField(label=_("Basis"), max_length=200)
