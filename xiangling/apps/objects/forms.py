"""The form of an object's facts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from xiangling.kernel.actor import Actor
from xiangling.kernel.forms import DateInput
from xiangling.org.models import Region
from xiangling.org.sectors import sector_choices

from .models import SupervisedObject

Kind = SupervisedObject.Kind


def town_choices(actor: Actor) -> list[tuple[str, str]]:
    """The towns of the actor's area, each after its district's name."""
    rows = Region.objects.filter(code__startswith=actor.scope.region)
    names = {row.code: row.name for row in Region.objects.filter(level=6)}
    return [
        (row.code, f"{names.get(row.code[:6].ljust(12, '0'), '')} {row.name}".strip())
        for row in rows.filter(level=9).order_by("code")
    ]


class ObjectForm(forms.Form):
    """Facts of an object; the register itself checks them (facts.Reader)."""

    name = forms.CharField(label=_("Name"), max_length=120)
    identifier = forms.CharField(label=_("Identifier"), max_length=40, required=False)
    type = forms.CharField(label=_("Type"), max_length=40, required=False)
    sector = forms.ChoiceField(label=_("Sector"))
    region = forms.ChoiceField(label=_("Town"))
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    liable_name = forms.CharField(label=_("Liable person"), max_length=40, required=False)
    liable_phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    staff_count = forms.IntegerField(label=_("Staff"), min_value=0, required=False)
    next_test_on = forms.DateField(label=_("Next test"), widget=DateInput(), required=False)
    status = forms.ChoiceField(label=_("Status"), choices=SupervisedObject.Status.choices)
    lat = forms.FloatField(label=_("Latitude"), required=False)
    lng = forms.FloatField(label=_("Longitude"), required=False)

    def __init__(self, *args: Any, actor: Actor, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = actor.scope.sectors
        sectors = [row for row in sector_choices() if mine is None or row[0] in mine]
        self._choose("sector", [("", "—"), *sectors])
        self._choose("region", [("", "—"), *town_choices(actor)])
        for name in ("lat", "lng"):
            self.fields[name].widget.attrs["step"] = "any"
        if kind == Kind.FIRM:
            self.fields["identifier"].label = _("Unified social credit code")
            del self.fields["next_test_on"]
        else:
            del self.fields["staff_count"]
        if kind == Kind.EQUIPMENT:
            self.fields["identifier"].label = _("Device code")
        elif kind != Kind.FIRM:
            del self.fields["next_test_on"]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        control = self.fields[name]
        if isinstance(control, forms.ChoiceField):
            control.choices = choices
