"""One record: its page, its preview beside a list, the proof of its chain, its label and its short address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe

from xiangling.kernel import clock, ledger, registry
from xiangling.kernel.models import Entry, Seal
from xiangling.kernel.refusal import OutOfScope
from xiangling.kernel.registry import Kind
from xiangling.web import marks, words
from xiangling.web.access import actor_of, find_case, log_look, log_sight, may_see
from xiangling.web.record import RecordPage, address
from xiangling.web.timeline import Timeline


def record(request: HttpRequest, kind: Kind, uid: UUID) -> HttpResponse:
    """The record page; `?preview=1` gives the short form that stands beside a list."""
    actor = actor_of(request)
    case = find_case(kind, uid, actor)
    is_preview = "preview" in request.GET
    if is_preview:
        log_look(request, "preview", kind.key, case.uid, case.code)
    else:
        log_sight(request, kind, case)
    page = RecordPage(kind, case, actor)
    context = {"record": page.short() if is_preview else page.context()}
    return render(request, "web/_preview.html" if is_preview else kind.template, context)


def verify(request: HttpRequest, kind: Kind, uid: UUID) -> HttpResponse:
    """Every entry of a case with its hash, recomputed now, and the day's seal that covers it."""
    case = find_case(kind, uid, actor_of(request))
    log_look(request, "verify", kind.key, case.uid, case.code)
    entries = list(ledger.timeline(case))
    told = Timeline(kind, case, entries)
    broken = ledger.check_chain(entries, case)
    seals = _seals_over(entries)
    rows = [
        {
            "seq": entry.seq,
            "at": words.short_moment(entry.at),
            "who": entry.actor_label,
            "text": told.told(entry),
            "hash": in_groups(entry.hash),
            "holds": (broken is None or entry.seq < broken.seq)
            and ledger.entry_hash(entry) == entry.hash,
            "seal": seals.get(entry.pk),
        }
        for entry in entries
    ]
    context = {
        "record": {
            "code": case.code,
            "title": case.title(),
            "url": address(kind, case),
            "state": marks.state_chip(kind.loop, case.state),
        },
        "rows": rows,
        "broken": broken,
        "head": case.head,
    }
    return render(request, "web/verify.html", context)


def in_groups(text: str) -> str:
    """A hash in groups of eight, as it is read aloud and breaks across lines."""
    return " ".join(text[start : start + 8] for start in range(0, len(text), 8))


def _seals_over(entries: list[Entry]) -> dict[int, dict[str, Any]]:
    """For each entry the first daily seal that covers it, by order of arrival."""
    if not entries:
        return {}
    first = min(entry.pk for entry in entries)
    seals = list(Seal.objects.filter(last_entry__gte=first).order_by("day"))
    found = {}
    for entry in entries:
        seal = next((seal for seal in seals if seal.last_entry >= entry.pk), None)
        if seal is not None:
            found[entry.pk] = {"day": words.long_day(seal.day), "root": in_groups(seal.root)}
    return found


def label(request: HttpRequest, kind: Kind, uid: UUID) -> HttpResponse:
    """A label to print and stick on the spot: code, title, place, and a QR of the short address."""
    actor = actor_of(request)
    case = find_case(kind, uid, actor)
    log_look(request, "label", kind.key, case.uid, case.code)
    target = request.build_absolute_uri(f"/q/{case.code}/")
    drawing = segno.make(target, error="m").svg_inline(scale=4, border=2, omitsize=False)
    page = RecordPage(kind, case, actor)
    context = {
        "record": page.head(),
        "case": case,
        "opened": words.long_day(clock.local_date(case.opened_at)),
        "address": target,
        "qr": mark_safe(drawing),  # noqa: S308 - drawn by segno from our own address
    }
    return render(request, "web/label.html", context)


def short_address(request: HttpRequest, code: str) -> HttpResponseBase:
    """From the code on a label to the record."""
    actor = actor_of(request)
    for kind in registry.kinds():
        if may_see(actor, kind):
            found = kind.model._default_manager.filter(code=code.strip().upper()).first()
            if found is not None:
                return redirect(address(kind, found))
    raise OutOfScope
