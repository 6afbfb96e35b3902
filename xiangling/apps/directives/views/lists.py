"""Lists drawn from the ledger, the grid of a set of words, standing duties, pledges and duty lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from xiangling.apps.directives import figures, queries, terms
from xiangling.apps.directives.actions import standing
from xiangling.apps.directives.lists import TaskLedger
from xiangling.apps.directives.models import DutySheet, Pledge, TaskList
from xiangling.kernel.actor import Actor
from xiangling.kernel.forms import DateInput
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.models import Unit
from xiangling.web import words
from xiangling.web.views.lists import show

from .doors import reader

# --- lists drawn from the ledger -----------------------------------------------------------------


class ListForm(forms.Form):
    """The name, the columns and the filter of a list."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"), widget=forms.CheckboxSelectMultiple
    )
    order = forms.IntegerField(label=gettext_lazy("Place"), min_value=0, max_value=99, initial=9)

    def __init__(self, *args: Any, actor: Actor, **more: Any) -> None:
        super().__init__(*args, **more)
        offered = {column.key: column.label for column in TaskLedger.columns}
        self.fields["columns"].choices = list(offered.items())  # type: ignore[attr-defined]
        offered_fields = TaskLedger().form_class(actor).base_fields
        self.filters = {
            name: field for name, field in offered_fields.items() if not field.widget.is_hidden
        }
        for name, field in self.filters.items():
            self.fields[f"f_{name}"] = field

    def facts(self) -> dict[str, Any]:
        found = {name: self.cleaned_data[name] for name in ("name", "columns", "order")}
        query = {name: self.cleaned_data[f"f_{name}"] for name in self.filters}
        return found | {"query": {key: _plain(value) for key, value in query.items() if value}}


def _plain(value: Any) -> str:
    return "on" if value is True else str(value)


def task_lists(request: HttpRequest) -> HttpResponse:
    """The lists with their counts: what each holds and leaves out sums to the ledger (R-075, S04)."""
    actor = reader(request, "task.see")
    figures.start_lists()
    whole, rows = figures.counts_of_lists(actor)
    context = {"whole": whole, "rows": rows, "may_keep": actor.may("list.keep")}
    return render(request, "directives/task_lists.html", context)


def _list(key: str) -> TaskList:
    row = TaskList.objects.filter(key=key).first()
    if row is None:
        raise OutOfScope
    return row


def task_list(request: HttpRequest, key: str) -> HttpResponseBase:
    reader(request, "task.see")
    return show(request, figures.drawn_list(_list(key)), {"drawn": True})


def edit_list(request: HttpRequest, key: str = "") -> HttpResponse:
    """Make a list, or change one's name, columns and filter."""
    actor = reader(request, "list.keep")
    row = _list(key) if key else TaskList(key=_free_key(), columns=["code", "title", "state"])
    names = {
        "what": "title",
        "unit": "unit.name",
        "checker": "checker.name",
        "issuer": "issuer.name",
    }
    initial = {
        "name": row.name,
        "columns": [names.get(name, name) for name in row.columns],
        "order": row.order,
        **{f"f_{name}": value for name, value in figures.clean_query(row.query).items()},
    }
    form = ListForm(request.POST or None, actor=actor, initial=initial)
    if form.is_valid():
        try:
            standing.save_list(row, form.facts(), actor=actor)
        except Refused as refusal:
            _mark(form, refusal)
        else:
            return redirect("/task-lists/")
    context = {
        "title": row.name or _("New list"),
        "form": form,
        "groups": [
            {"title": _("List"), "fields": [form[name] for name in ("name", "columns", "order")]},
            {
                "title": _("Filter"),
                "note": _(
                    "Only tasks that fit are in the list; the others are counted as left out."
                ),
                "fields": [form[f"f_{name}"] for name in form.filters],
            },
        ],
        "cancel_url": "/task-lists/",
    }
    return render(request, "web/form.html", context, status=422 if form.is_bound else 200)


def _free_key() -> str:
    known = set(TaskList.objects.values_list("key", flat=True))
    return next(key for n in range(1, 1000) if (key := f"list-{n}") not in known)


@require_POST
def delete_list(request: HttpRequest, key: str) -> HttpResponse:
    actor = reader(request, "list.keep")
    standing.delete_list(_list(key), actor=actor)
    return redirect("/task-lists/")


def _mark(form: forms.Form, refusal: Refused) -> None:
    for name, said in refusal.fields.items():
        form.add_error(name if name in form.fields else None, str(said))
    if not refusal.fields:
        form.add_error(None, str(refusal))


# --- the grid and the standing duties --------------------------------------------------------------


class SetForm(forms.Form):
    """Which set of words the grid is made by; the ten words where none is named."""

    set = forms.ChoiceField(label=gettext_lazy("Set of words"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        control: Any = self.fields["set"]
        control.choices = terms.set_choices()
        control.error_messages["invalid_choice"] = _(
            "There is no such set of words: the ten words are shown."
        )


def grid(request: HttpRequest) -> HttpResponse:
    """Units by the members of a set of words, empty cells red, each opening its rows (R-007).

    A set there is not is answered with 404 and words beside the choice, above the grid of the ten words.
    """
    actor = reader(request, "task.see")
    form = SetForm({"set": request.GET.get("set") or terms.TEN_WORDS})
    key = form.cleaned_data["set"] if form.is_valid() else terms.TEN_WORDS
    found = figures.word_grid(actor, terms.word_set(key))
    for score in found["scores"]:
        score["share"] = words.share(score["part"], score["whole"])
    label = dict(terms.set_choices()).get(key, "")
    context = {"grid": found, "label": label, "form": form}
    return render(request, "directives/grid.html", context, status=200 if form.is_valid() else 404)


def standing_list(request: HttpRequest) -> HttpResponse:
    """Standing duties with the periods that were missed (R-016)."""
    reader(request, "task.see")
    return render(request, "directives/standing.html", {"rows": figures.standing_duties()})


# --- pledges ---------------------------------------------------------------------------------------


class YearForm(forms.Form):
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    targets = forms.CharField(
        label=gettext_lazy("Targets"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The same for all to begin with; each pledge can be changed."),
    )


class PledgeForm(forms.Form):
    signed_on = forms.DateField(label=gettext_lazy("Signed on"), required=False, widget=DateInput())
    signer = forms.CharField(label=gettext_lazy("Signed by"), required=False, max_length=40)
    targets = forms.CharField(
        label=gettext_lazy("Targets"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def open_year(request: HttpRequest) -> HttpResponse:
    """A line to sign for every unit below, for one year."""
    actor = reader(request, "pledge.keep")
    form = YearForm(request.POST or None, initial={"year": queries.today().year})
    if form.is_valid():
        given = form.cleaned_data
        try:
            n = standing.open_year(given["year"], given["targets"], actor=actor)
        except Refused as refusal:
            _mark(form, refusal)
        else:
            messages.success(request, _("Pledges to sign added: %(n)d.") % {"n": n})
            return redirect(f"/pledges/?year={given['year']}")
    return _form(request, form, _("Open a year"), "/pledges/")


def pledge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One pledge: seen by both sides, entered by the unit it is signed with."""
    actor = reader(request, "task.see")
    row = Pledge.objects.select_related("unit", "to_unit").filter(uid=uid).first()
    if row is None:
        raise OutOfScope
    initial = {name: getattr(row, name) for name in standing.PLEDGE_FACTS}
    may_keep = actor.may("pledge.keep") and row.to_unit_id == actor.unit
    form = PledgeForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            standing.sign_pledge(row, form.cleaned_data, actor=actor)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            _mark(form, refusal)
        else:
            return redirect(f"/pledges/?year={row.year}")
    context = {"pledge": row, "may_keep": may_keep, "form": form, "title": str(row)}
    status = 422 if form.is_bound else 200
    return render(request, "directives/pledge.html", context, status=status)


# --- duty lists ------------------------------------------------------------------------------------


class SheetForm(forms.Form):
    title = forms.CharField(label=pgettext_lazy("document", "Title"), max_length=120)
    unit = forms.TypedChoiceField(label=gettext_lazy("Unit"), coerce=int)
    starts_on = forms.DateField(label=gettext_lazy("In force from"), widget=DateInput())
    lines = forms.CharField(
        label=gettext_lazy("Duties"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy("One duty per line."),
    )
    basis = forms.CharField(label=gettext_lazy("Basis"), required=False, max_length=200)


class VersionForm(forms.Form):
    starts_on = SheetForm.base_fields["starts_on"]
    lines = SheetForm.base_fields["lines"]
    basis = SheetForm.base_fields["basis"]


def new_sheet(request: HttpRequest) -> HttpResponse:
    actor = reader(request, "sheet.keep")
    initial = {"starts_on": queries.today(), "unit": actor.unit}
    form = SheetForm(request.POST or None, initial=initial)
    form.fields["unit"].choices = queries.doer_choices(actor)  # type: ignore[attr-defined]
    if form.is_valid():
        given = dict(form.cleaned_data)
        unit = Unit.objects.get(pk=given.pop("unit"))
        lines = given.pop("lines").splitlines()
        try:
            sheet = standing.start_sheet(unit, lines=lines, actor=actor, **given)
        except Refused as refusal:
            _mark(form, refusal)
        else:
            return redirect(f"/sheets/{sheet.uid}/")
    return _form(request, form, _("Start a duty list"), "/sheets/")


def _sheet(uid: UUID) -> DutySheet:
    row = DutySheet.objects.select_related("unit").filter(uid=uid).first()
    if row is None:
        raise OutOfScope
    return row


def sheet(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A duty list as it is today, with its versions."""
    actor = reader(request, "task.see")
    row = _sheet(uid)
    versions = list(row.versions.order_by("-number"))
    today = queries.today()
    now = next((version for version in versions if version.starts_on <= today), None)
    wanted = request.GET.get("version", "")
    chosen = next((v for v in versions if str(v.number) == wanted), now or versions[-1])
    context = {
        "sheet": row,
        "versions": versions,
        "now": now,
        "chosen": chosen,
        "may_keep": actor.may("sheet.keep"),
    }
    return render(request, "directives/sheet.html", context)


def new_version(request: HttpRequest, uid: UUID) -> HttpResponse:
    actor = reader(request, "sheet.keep")
    row = _sheet(uid)
    last = row.versions.order_by("-number").first()
    initial = {
        "starts_on": queries.today(),
        "lines": "\n".join(last.lines) if last else "",
        "basis": last.basis if last else "",
    }
    form = VersionForm(request.POST or None, initial=initial)
    if form.is_valid():
        given = dict(form.cleaned_data)
        lines = given.pop("lines").splitlines()
        try:
            standing.renew_sheet(row, lines=lines, actor=actor, **given)
        except Refused as refusal:
            _mark(form, refusal)
        else:
            return redirect(f"/sheets/{uid}/")
    return _form(request, form, _("New version"), f"/sheets/{uid}/")


def _form(request: HttpRequest, form: forms.Form, title: str, back: str) -> HttpResponse:
    context = {"title": title, "form": form, "cancel_url": back}
    return render(request, "web/form.html", context, status=422 if form.is_bound else 200)
