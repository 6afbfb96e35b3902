"""Pages of special campaigns (专项行动): ordered, looked at and changed by the unit that ordered them."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from xiangling.kernel import wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.forms import DateInput
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.sectors import sector_choices, sector_label
from xiangling.web.access import actor_of

from . import actions, queries
from .models import Campaign, Hazard

HOME = "/campaigns/"


class CampaignForm(forms.Form):
    """The facts of a campaign."""

    name = forms.CharField(label=pgettext_lazy("campaign", "Name"), max_length=80)
    begins_on = forms.DateField(label=gettext_lazy("Begins"), widget=DateInput())
    ends_on = forms.DateField(label=gettext_lazy("Ends"), widget=DateInput())
    sectors = forms.MultipleChoiceField(
        label=gettext_lazy("Sectors"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: all sectors."),
    )
    basis = forms.CharField(
        label=gettext_lazy("Basis"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The paper that orders it, with its number."),
    )

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["sectors"].choices = sector_choices()  # type: ignore[attr-defined]


def _kept(request: HttpRequest, form: CampaignForm, row: Campaign) -> bool:
    """Whether the form was sent and taken; a refusal stands beside its fields."""
    if not form.is_valid():
        return False
    try:
        actions.save_campaign(row, form.cleaned_data, actor=actor_of(request))
    except Refused as refusal:
        if refusal.status == 403:
            raise
        for name, said in refusal.fields.items():
            form.add_error(name, str(said))
        return False
    messages.success(request, _("The campaign is kept."))
    return True


def _keeper(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may("campaign.keep"):
        raise Refused("no_duty", _("Keeping campaigns is not a duty of your post."), status=403)
    return actor


def _seen(actor: Actor, uid: UUID) -> Campaign:
    """A campaign that holds in the actor's area. Raises OutOfScope."""
    row = queries.campaigns_seen(actor).select_related("unit").filter(uid=uid).first()
    if row is None:
        raise OutOfScope
    return row


def new(request: HttpRequest) -> HttpResponse:
    """Order a campaign for the area of the own unit."""
    _keeper(request)
    form, row = CampaignForm(request.POST or None), Campaign()
    if _kept(request, form, row):
        return redirect(f"{HOME}{row.uid}/")
    return _form(request, form, _("Order a campaign"), HOME)


def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change the facts of a campaign that the own unit ordered."""
    row = _seen(_keeper(request), uid)
    if row.unit_id != actor_of(request).unit:
        raise actions.not_the_ordering_unit(row)
    title = str(row)
    initial = {name: getattr(row, name) for name in actions.CAMPAIGN_FACTS}
    form = CampaignForm(request.POST or None, initial=initial)
    if _kept(request, form, row):
        return redirect(f"{HOME}{uid}/")
    return _form(request, form, title, f"{HOME}{uid}/")


def _form(request: HttpRequest, form: CampaignForm, title: str, back: str) -> HttpResponse:
    context = {"title": title, "form": form, "cancel_url": back}
    return render(request, "web/form.html", context, status=422 if form.is_bound else 200)


def campaign(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A campaign with its findings in the reader's area."""
    actor = actor_of(request)
    if not actor.may("hazard.see"):
        raise Refused("no_duty", _("Campaigns are not open to your post."), status=403)
    row = _seen(actor, uid)
    context = {
        "campaign": row,
        "sectors": wording.listed(map(sector_label, row.sectors)) or _("all"),
        "n_found": Hazard.objects.filter(handling__campaign=row.pk).count(),
        "rows_url": f"/hazards/?view=all&campaign={row.pk}",
        "honesty_url": f"/honesty/?by=campaign&begins={row.begins_on}&ends={row.ends_on}"
        if actor.may("honesty.see")
        else "",
        "edit_url": f"{HOME}{uid}/edit/"
        if actor.may("campaign.keep") and row.unit_id == actor.unit
        else "",
    }
    return render(request, "hazards/campaign.html", context)
