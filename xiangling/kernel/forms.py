"""Forms made from declared fields: one validation for page, API, phone and import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import wording
from .actor import Actor
from .loop import Field
from .refusal import Refused


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def _in_our_time(value: date) -> None:
    """Refuse years that no record has and that a change of time zone would carry out of range."""
    if not 1900 <= value.year <= 2200:
        raise ValidationError(_("The year must lie between 1900 and 2200."), code="bad_year")


def choices_for(asked: Field, case: Any, actor: Actor | None) -> list[tuple[Any, Any]]:
    """The (value, label) pairs a declared field offers for this case and actor."""
    return list(asked.choices(case, actor) if callable(asked.choices) else asked.choices)


def form_field(asked: Field, case: Any, actor: Actor | None) -> forms.Field:
    """The Django form field for one declared field."""
    common: dict[str, Any] = {
        "label": asked.label,
        "required": asked.required and asked.kind != "bool",
        "help_text": asked.help,
    }
    choices = choices_for(asked, case, actor)
    match asked.kind:
        case "choice":
            blank = [] if asked.required and asked.initial is not None else [("", "—")]
            return forms.ChoiceField(choices=blank + choices, **common)
        case "unit" | "post":
            if choices:
                return forms.TypedChoiceField(
                    choices=[("", "—"), *choices], coerce=int, empty_value=None, **common
                )
            return forms.IntegerField(min_value=1, max_value=2**63 - 1, **common)
        case "date":
            return forms.DateField(widget=DateInput(), validators=[_in_our_time], **common)
        case "datetime":
            return forms.DateTimeField(widget=DateTimeInput(), validators=[_in_our_time], **common)
        case "case":
            return forms.UUIDField(**common)
        case "bool":
            return forms.BooleanField(**common)
        case "integer":
            return forms.IntegerField(min_value=0, max_value=2**31 - 1, **common)
        case "money":
            return forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, **common)
        case "long":
            widget = forms.Textarea(attrs={"rows": 3})
            return forms.CharField(max_length=asked.max_length, widget=widget, **common)
        case _:
            return forms.CharField(max_length=asked.max_length, **common)


def form_class(fields: Iterable[Field], case: Any, actor: Actor | None) -> type[forms.Form]:
    """A Django form class that asks for exactly these fields, for this case and actor."""
    made: dict[str, Any] = {}
    for asked in fields:
        made[asked.name] = form_field(asked, case, actor)
        initial = asked.initial(case, actor) if callable(asked.initial) else asked.initial
        if initial is not None:
            made[asked.name].initial = initial
    return type("StepForm", (forms.Form,), made)


def clean(
    fields: Iterable[Field], data: Mapping[str, Any], case: Any, actor: Actor | None
) -> dict[str, Any]:
    """The answers, checked and typed; empty optional ones left out.

    Raises Refused (`invalid`) with a sentence beside each field that is missing or wrong.
    """
    asked = list(fields)
    form = forms.Form(data=dict(data))
    form.fields = {field.name: form_field(field, case, actor) for field in asked}
    if form.is_valid():
        return {name: val for name, val in form.cleaned_data.items() if val not in (None, "")}
    wrong = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
    labels = [str(field.label) for field in asked if field.name in wrong]
    raise Refused(
        "invalid",
        _("Missing or wrong: %(fields)s.") % {"fields": wording.listed(labels)},
        todo=_("Complete the marked fields and submit again."),
        fields=wrong,
        status=422,
    )
