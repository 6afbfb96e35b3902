"""Units, posts, people and accounts."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from xiangling.org.actions import accounts
from xiangling.org.actions import people as act
from xiangling.org.forms import (
    HoldingForm,
    LastDayForm,
    MergeForm,
    PersonForm,
    PostForm,
    RenameForm,
    UnitForm,
)
from xiangling.org.middleware import Seated
from xiangling.org.models import Holding, Person, Post, Unit
from xiangling.org.queries import get_unit, units_in, with_posts

from .pages import for_duty, run_button, run_form, today

people_page = for_duty("org.people")
MOST = 200
"""Units shown at once; the filter finds the rest."""


@for_duty("org.people", "duty.see")
def index(request: Seated) -> HttpResponse:
    """The units of one's area as a tree, with their posts and holders; enterprises by name only."""
    words = request.GET.get("q", "").strip()[:60]
    on = today()
    rows = units_in(request.actor, on)
    if words:
        rows = rows.filter(
            Q(name__contains=words) | Q(former_names__name__contains=words)
        ).distinct()
    else:
        rows = rows.exclude(kind__in=Unit.ENTERPRISE_KINDS)
    found = list(with_posts(rows, on)[: MOST + 1])
    units = [(unit, min(unit.path.count("/") - 2, 4)) for unit in found[:MOST]]
    context = {
        "units": units,
        "words": words,
        "has_more": len(found) > MOST,
        "may_edit": request.actor.may("org.people"),
    }
    return render(request, "org/people.html", context)


@for_duty("org.people", "duty.see")
def unit(request: Seated, pk: int) -> HttpResponse:
    """One unit: its names over time, posts, holders past and present, parts and successor."""
    found = get_unit(request.actor, pk)
    held = Holding.objects.order_by("is_deputy", "starts_on").select_related("person")
    posts = found.posts.order_by("ends_on", "-is_head", "id")
    context = {
        "unit": found,
        "posts": posts.prefetch_related(Prefetch("holdings", held)),
        "names": found.former_names.order_by("-ends_on"),
        "merged": found.merged.order_by("-ends_on"),
        "parts": found.children.filter(ends_on=None).order_by("id")[:MOST],
        "may_edit": request.actor.may("org.people") and found.ends_on is None,
        "today": today(),
    }
    return render(request, "org/unit.html", context)


@people_page
def add_unit(request: Seated, parent: int | None = None) -> HttpResponse:
    above = get_unit(request.actor, parent) if parent else None

    def run(answers: dict[str, Any]) -> str:
        level = len(answers["region"])
        made = act.add_unit(actor=request.actor, parent=above, level=level, **answers)
        return _page(made)

    initial = {"region": above.prefix} if above else None
    return run_form(
        request,
        UnitForm,
        run,
        done=_("The unit was added."),
        initial=initial,
        title=_("Add a unit"),
        note=above.name if above else "",
        cancel_url=_page(above) if above else "/people/",
    )


@people_page
def rename(request: Seated, pk: int) -> HttpResponse:
    found = get_unit(request.actor, pk)

    def run(answers: dict[str, Any]) -> str:
        return _page(act.rename_unit(found, actor=request.actor, **answers))

    return run_form(
        request,
        RenameForm,
        run,
        done=_("The unit was renamed."),
        title=_("Rename"),
        note=found.name,
        cancel_url=_page(found),
        aside_title=_("What happens next"),
        aside=[_("Records and the duty map show the former name for the days before.")],
    )


@people_page
def merge(request: Seated, pk: int) -> HttpResponse:
    found = get_unit(request.actor, pk)

    def run(answers: dict[str, Any]) -> str:
        act.merge_unit(found, actor=request.actor, **answers)
        return _page(answers["into"])

    return run_form(
        request,
        MergeForm,
        run,
        done=_("The units were merged."),
        title=_("Merge into another unit"),
        note=found.name,
        submit_label=_("Merge"),
        danger=True,
        cancel_url=_page(found),
        aside_title=_("What happens next"),
        aside=[
            _("The posts of this unit end the day before; nobody holds them any longer."),
            _("Its duty lines go on with the other unit from that day."),
            _("Its open cases go to whoever answers then. Past days still show this unit."),
        ],
    )


# --- posts --------------------------------------------------------------------------------------


@people_page
def add_post(request: Seated, pk: int) -> HttpResponse:
    found = get_unit(request.actor, pk)

    def run(answers: dict[str, Any]) -> str:
        act.add_post(found, actor=request.actor, **answers)
        return _page(found)

    return run_form(
        request,
        PostForm,
        run,
        done=_("The post was added."),
        title=_("Add a post"),
        note=found.name,
        cancel_url=_page(found),
    )


def _post(request: Seated, pk: int) -> Post:
    post = get_object_or_404(Post.objects.select_related("unit"), pk=pk)
    get_unit(request.actor, post.unit_id)
    return post


@people_page
def end_post(request: Seated, pk: int) -> HttpResponse:
    post = _post(request, pk)

    def run(answers: dict[str, Any]) -> str:
        act.end_post(post, actor=request.actor, **answers)
        return _page(post.unit)

    return run_form(
        request,
        LastDayForm,
        run,
        done=_("The post ends."),
        title=_("End the post"),
        note=str(post),
        submit_label=_("End"),
        danger=True,
        cancel_url=_page(post.unit),
    )


@people_page
def put_on_post(request: Seated, pk: int) -> HttpResponse:
    post = _post(request, pk)

    def run(answers: dict[str, Any]) -> str:
        person = answers.pop("account")
        act.put_on_post(post, person, actor=request.actor, **answers)
        return _page(post.unit)

    return run_form(
        request,
        HoldingForm,
        run,
        done=_("The person is on the post."),
        initial={"account": request.GET.get("account", "")},
        title=_("Put a person on the post"),
        note=str(post),
        cancel_url=_page(post.unit),
    )


@people_page
def end_holding(request: Seated, pk: int) -> HttpResponse:
    holding = get_object_or_404(Holding.objects.select_related("post__unit", "person"), pk=pk)
    get_unit(request.actor, holding.post.unit_id)

    def run(answers: dict[str, Any]) -> str:
        act.end_holding(holding, actor=request.actor, **answers)
        return _page(holding.post.unit)

    return run_form(
        request,
        LastDayForm,
        run,
        done=_("The person leaves the post."),
        title=_("Take off the post"),
        note=f"{holding.person} · {holding.post}",
        submit_label=_("End"),
        danger=True,
        cancel_url=_page(holding.post.unit),
    )


# --- accounts -----------------------------------------------------------------------------------


@people_page
def accounts_page(request: Seated) -> HttpResponse:
    """Accounts by name; without words the newest."""
    words = request.GET.get("q", "").strip()[:60]
    rows = Person.objects.order_by("-id")
    if words:
        rows = rows.filter(Q(name__contains=words) | Q(username__contains=words.lower()))
    people = rows.prefetch_related("holdings__post__unit")[:50]
    return render(request, "org/accounts.html", {"people": people, "words": words})


@people_page
@never_cache
def add_person(request: Seated) -> HttpResponse:
    def run(answers: dict[str, Any]) -> HttpResponse:
        person, password = accounts.add_person(actor=request.actor, **answers)
        return _shown_once(request, person, password)

    return run_form(
        request,
        PersonForm,
        run,
        title=_("Open an account"),
        submit_label=_("Open"),
        cancel_url="/people/accounts/",
        aside_title=_("What happens next"),
        aside=[
            _("The first password is shown once on the next page. Hand it over in person."),
            _("At the first sign-in the person must choose another one."),
        ],
    )


@people_page
@never_cache
@require_POST
def reset_password(request: Seated, pk: int) -> HttpResponse:
    person = get_object_or_404(Person, pk=pk)
    return _shown_once(request, person, accounts.reset_password(person, actor=request.actor))


@people_page
@require_POST
def set_open(request: Seated, pk: int) -> HttpResponse:
    person, is_open = get_object_or_404(Person, pk=pk), request.POST.get("open") == "1"
    return run_button(
        request,
        lambda: accounts.set_account_open(person, actor=request.actor, is_open=is_open),
        done=_("The account is open again.") if is_open else _("The account is closed."),
        back=f"/people/accounts/?q={person.username}",
    )


def _shown_once(request: Seated, person: Person, password: str) -> HttpResponse:
    return render(request, "org/password.html", {"subject": person, "password": password})


def _page(unit: Unit) -> str:
    return f"/people/{unit.pk}/"
