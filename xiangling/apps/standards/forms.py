"""Forms of the criteria library."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.forms import DateInput

_SPLIT = re.compile(r"[;；、,，\n]+")


class WordsField(forms.CharField):
    """A list of words, written with separators."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", _("Several words are separated by “;”."))
        super().__init__(max_length=1000, **options)

    def prepare_value(self, value: Any) -> Any:
        return "；".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        said = super().clean(value)
        return list(dict.fromkeys(w.strip()[:40] for w in _SPLIT.split(said) if w.strip()))[:40]


class ProvisionForm(forms.Form):
    """What a clause says and what the judge looks for."""

    article = forms.CharField(label=_("Article"), max_length=40)
    text = forms.CharField(
        label=_("What makes it a major hazard"), max_length=1000, widget=forms.Textarea
    )
    trade = forms.CharField(label=_("Trade"), max_length=40, required=False)
    subject = WordsField(label=_("What it is about"))
    defect = WordsField(label=_("What is wrong with it"), required=False)
    condition = WordsField(label=pgettext_lazy("criterion", "Condition"), required=False)
    exempt = WordsField(label=_("Exemptions"), required=False)
    ask = forms.CharField(label=_("Question on the spot"), max_length=200, required=False)


class EditionForm(forms.Form):
    """Title, number and days of an edition."""

    title = forms.CharField(label=_("Title"), max_length=160)
    number = forms.CharField(label=_("Document number"), max_length=80)
    begins_on = forms.DateField(label=_("In force from"), widget=DateInput())
    ends_on = forms.DateField(label=_("In force until"), widget=DateInput(), required=False)
