"""Files in a form: one camera field per role; what was uploaded is kept when the step is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import proof
from xiangling.kernel.actor import Actor
from xiangling.kernel.loop import ProofRule
from xiangling.kernel.models import ProofFile
from xiangling.kernel.proof import ROLE_LABELS, Proof
from xiangling.kernel.refusal import Refused

PAPER = "paper"
KEPT = "kept"
MOST_FILES = 12


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files under one name; the kernel judges each when it is stored."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return list(given)


def name_of(role: str) -> str:
    return f"proof_{role}"


def roles_of(rule: ProofRule | None) -> list[str]:
    """The roles a form asks photos for, in the rule's order."""
    return [role for role in rule.roles if role != PAPER] if rule else []


def form_fields(rule: ProofRule | None, kept: Iterable[Proof]) -> dict[str, forms.Field]:
    """Camera fields by role, a field for papers, and boxes for the files that are already here."""
    made: dict[str, forms.Field] = {}
    already = list(kept)
    if already:
        made[KEPT] = forms.MultipleChoiceField(
            label=_("Uploaded already"),
            help_text=_("These files are kept. Only the ticked ones go along."),
            choices=[
                (_token(p), f"{ROLE_LABELS.get(p.role, p.role)}：{p.file.name}") for p in already
            ],
            initial=[_token(p) for p in already],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
    least = rule.roles if rule else {}
    for role in roles_of(rule):
        has = any(p.role == role for p in already)
        made[name_of(role)] = ManyFilesField(
            label=ROLE_LABELS[role],
            required=bool(least[role]) and not has,
            help_text=_("Taken on the spot with the phone's camera: time and place are checked.")
            if least[role]
            else "",
        )
    made[name_of(PAPER)] = ManyFilesField(
        label=_("Papers"),
        required=bool(least.get(PAPER)),
        help_text=_("PDF or DOCX, up to 20 MB each."),
        widget=ManyFilesInput(attrs={"accept": ".pdf,.docx"}),
    )
    return made


def _token(given: Proof) -> str:
    return f"{given.role}:{given.file.uid}"


def read_kept(data: MultiValueDict[str, str], actor: Actor) -> list[Proof]:
    """The files this person uploaded before and still wants; anybody else's are ignored."""
    wanted: dict[UUID, str] = {}
    for token in data.getlist(KEPT)[:MOST_FILES]:
        role, _sep, uid = token.partition(":")
        if role in ROLE_LABELS:
            try:
                wanted[UUID(uid)] = role
            except ValueError:
                continue
    rows = ProofFile.objects.filter(uid__in=wanted, uploaded_by=actor.person, uses__isnull=True)
    return [Proof(row, wanted[row.uid]) for row in rows.order_by("id")]


def store_uploads(
    files: MultiValueDict[str, Any], roles: Iterable[str], actor: Actor
) -> tuple[list[Proof], Refused | None]:
    """Keep what came with the form, by role; the first refusal stops, what is stored stays."""
    stored: list[Proof] = []
    for role in roles:
        for upload in files.getlist(name_of(role))[:MOST_FILES]:
            try:
                stored.append(Proof(proof.store(upload, actor=actor), role))
            except Refused as refusal:
                refusal.fields = {name_of(role): refusal.why or refusal.what}
                return stored, refusal
    return stored, None
