"""Forms of the pages of this part."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.account.forms import ChangePasswordForm
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import packs
from xiangling.kernel.actor import Actor
from xiangling.kernel.forms import DateInput

from .duties import role_label
from .models import DutyLine, Person, Post, Region, Unit
from .queries import authorities, regions_in
from .sectors import sector_choices


class ChangePassword(ChangePasswordForm):
    """Change one's own password; the new one must be another."""

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("password1") and answers.get("password1") == answers.get("oldpassword"):
            raise forms.ValidationError({"password1": _("The new password must be another one.")})
        return answers


def day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DateInput(), help_text=help_text)


class PlaceChoice(forms.ChoiceField):
    """A division of the actor's area, by its significant prefix."""

    def fill(self, actor: Actor) -> None:
        rows = regions_in(actor)
        self.choices = [("", "—"), *((row.prefix, _indented(row)) for row in rows)]


def _indented(row: Region) -> str:
    return "\u3000" * {4: 0, 6: 1, 9: 2}.get(row.level, 3) + row.name


class AuthorityChoice(forms.ModelChoiceField):
    """A public unit of the actor's area."""

    def __init__(self, *, label: Any, **more: Any) -> None:
        super().__init__(Unit.objects.none(), label=label, empty_label="—", **more)

    def fill(self, actor: Actor, on: date) -> None:
        self.queryset = authorities(actor, on)


class OrgForm(forms.Form):
    """A form whose choices depend on who asks, and on which day."""

    def __init__(self, *args: Any, actor: Actor, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PlaceChoice):
                field.fill(actor)
            elif isinstance(field, AuthorityChoice):
                field.fill(actor, on)
            if isinstance(field, forms.DateField) and field.required and field.initial is None:
                field.initial = on


def _sectors_or_all() -> list[tuple[str, Any]]:
    return [("", _("Every sector")), *sector_choices()]


def _roles() -> list[tuple[str, str]]:
    keys = dict.fromkeys(row["key"] for row in packs.load("roles"))
    return [(key, role_label(key)) for key in keys]


class UnitForm(OrgForm):
    """A new unit."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Unit.Kind.choices)
    region = PlaceChoice(label=_("Place"))
    sectors = forms.MultipleChoiceField(
        label=_("Sectors"),
        required=False,
        choices=sector_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None marked means every sector."),
    )
    starts_on = day(_("From"))


class RenameForm(OrgForm):
    """Another name from a day on."""

    name = forms.CharField(label=_("New name"), max_length=120)
    on = day(_("Valid from"))
    reason = forms.CharField(label=_("Ground"), max_length=200, help_text=_("Document and number."))


class MergeForm(OrgForm):
    """Merge into another authority."""

    into = AuthorityChoice(label=_("Merged into"))
    on = day(_("Valid from"))
    reason = forms.CharField(label=_("Ground"), max_length=200, help_text=_("Document and number."))


class PostForm(OrgForm):
    """A new post."""

    title = forms.CharField(label=pgettext_lazy("post", "Title"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=_roles)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    is_head = forms.BooleanField(label=_("Head of the unit"), required=False)
    starts_on = day(_("From"))


class LastDayForm(OrgForm):
    """The last day of a post, a holding or a line."""

    last_on = day(_("Last day"))


class HoldingForm(OrgForm):
    """A person put on a post."""

    account = forms.CharField(
        label=_("Account"), max_length=60, help_text=_("The name the person signs in with.")
    )
    is_deputy = forms.BooleanField(label=_("As deputy"), required=False)
    starts_on = day(_("From"))
    ends_on = day(_("Until"), required=False, help_text=_("Empty: until further notice."))

    def clean_account(self) -> Person:
        name = self.cleaned_data["account"].strip().lower()
        person = Person.objects.filter(username=name).first()
        if person is None:
            raise forms.ValidationError(_("There is no such account. Open it first."))
        return person


class PersonForm(OrgForm):
    """A new account. There is no password field: the first password is made and shown once."""

    username = forms.CharField(label=_("Account"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=40)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)


class LineForm(OrgForm):
    """A new line of the duty map."""

    layer = forms.ChoiceField(label=_("Layer"), choices=DutyLine.Layer.choices)
    region = PlaceChoice(label=_("Place"))
    sector = forms.ChoiceField(label=_("Sector"), choices=_sectors_or_all, required=False)
    unit = AuthorityChoice(label=_("Answerable unit"))
    post = forms.ModelChoiceField(
        Post.objects.none(),
        empty_label="—",
        label=_("Post"),
        required=False,
        help_text=_("Empty: the head of the unit."),
    )
    starts_on = day(_("From"))
    ends_on = day(_("Until"), required=False, help_text=_("Empty: until further notice."))
    basis = forms.CharField(label=_("Basis"), max_length=200, help_text=_("Law, plan or ruling."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fill_posts(self)


class ReplaceForm(OrgForm):
    """Another unit answers from a day on."""

    unit = AuthorityChoice(label=_("Answerable unit"))
    post = forms.ModelChoiceField(
        Post.objects.none(),
        empty_label="—",
        label=_("Post"),
        required=False,
        help_text=_("Empty: the head of the unit."),
    )
    starts_on = day(_("From"))
    basis = forms.CharField(label=_("Basis"), max_length=200, help_text=_("Law, plan or ruling."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fill_posts(self)


def fill_posts(form: LineForm | ReplaceForm) -> None:
    """Offer the posts of the public units that the form offers."""
    units = form.fields["unit"].queryset  # type: ignore[attr-defined]
    rows = Post.objects.filter(unit__in=units, ends_on=None).select_related("unit")
    form.fields["post"].queryset = rows.order_by("unit__level", "unit_id", "id")  # type: ignore[attr-defined]


class DayForm(OrgForm):
    """Whether a date is worked."""

    day = forms.DateField(label=_("Date"), widget=DateInput())
    is_working = forms.TypedChoiceField(
        label=_("This date is"),
        choices=[("1", _("a working day")), ("0", _("a day off"))],
        coerce=lambda value: value == "1",
    )
    note = forms.CharField(label=_("Note"), max_length=60, required=False)


class MapForm(OrgForm):
    """What the duty map is asked."""

    q = forms.CharField(label=_("Object"), max_length=100, required=False)
    region = PlaceChoice(label=_("Place"), required=False)
    sector = forms.ChoiceField(label=_("Sector"), choices=_sectors_or_all, required=False)
    object = forms.UUIDField(required=False, widget=forms.HiddenInput)
    on = day(_("On"), required=False)
    against = day(_("Compare with"), required=False)
