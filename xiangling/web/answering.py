"""A form of declared fields plus evidence: shown, read, and shown again with everything kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest

from xiangling.kernel import forms as kernel_forms
from xiangling.kernel.actor import Actor
from xiangling.kernel.loop import Field, ProofRule
from xiangling.kernel.proof import Proof
from xiangling.kernel.refusal import Refused
from xiangling.kernel.registry import Beside

from . import evidence
from .picking import pick_field


@dataclass
class Answer:
    """One person's answer to one form, across as many refusals as it takes."""

    request: HttpRequest
    fields: list[Field]
    rule: ProofRule | None
    case: Any
    actor: Actor
    proofs: list[Proof] = field(default_factory=list)
    upload_refusal: Refused | None = None

    @property
    def is_given(self) -> bool:
        return self.request.method == "POST"

    def read(self) -> None:
        """Take in the files that came along and those kept from an earlier try."""
        if self.is_given:
            kept = evidence.read_kept(self.request.POST, self.actor)
            roles = [*evidence.roles_of(self.rule), evidence.PAPER]
            fresh, self.upload_refusal = evidence.store_uploads(
                self.request.FILES, roles, self.actor
            )
            self.proofs = kept + fresh

    def data(self) -> dict[str, Any]:
        """The typed answers, as they came."""
        names = {asked.name for asked in self.fields}
        return {name: value for name, value in self.request.POST.items() if name in names}

    def form(self, refusal: Refused | None = None) -> forms.Form:
        """The form: empty, or with what was typed and a sentence beside each wrong field."""
        base = kernel_forms.form_class(self.fields, self.case, self.actor)
        made = {
            asked.name: pick_field(asked, self.actor)
            for asked in self.fields
            if asked.kind == "case"
        }
        made |= evidence.form_fields(self.rule, self.proofs)
        form_class = type("AnswerForm", (base,), made)
        if not self.is_given:
            given = {
                name: value for name, value in self.request.GET.items() if name in base.base_fields
            }
            return form_class(initial=given)
        typed = self.request.POST.copy()
        # A picture that was just refused would be refused again: it stays listed, but unticked.
        is_bad_photo = refusal is not None and refusal.code.startswith("photo_")
        going_along = [p for p in self.proofs if not (is_bad_photo and p.file.is_photo)]
        typed.setlist(evidence.KEPT, [f"{p.role}:{p.file.uid}" for p in going_along])
        form: forms.Form = form_class(data=typed, files=self.request.FILES)
        form.is_valid()
        if refusal:
            self._mark(form, refusal)
        return form

    def _mark(self, form: forms.Form, refusal: Refused) -> None:
        for name, words in refusal.fields.items():
            place = name if name in form.fields else self._photo_field(name)
            if place and place not in form.errors:
                form.add_error(place, str(words))

    def _photo_field(self, name: str) -> str | None:
        """The kernel speaks of "photos"; the form has one field for each role."""
        roles = evidence.roles_of(self.rule) or [evidence.PAPER]
        return evidence.name_of(roles[0]) if name == "photos" else None

    def beside(self, shown: Beside | None) -> dict[str, Any] | None:
        """`beside`, as web/_beside.html asks for it: what an app shows next to this form."""
        if shown is None:
            return None
        given = self.data() if self.is_given else dict(self.request.GET.items())
        hidden = {"case": str(self.case.uid)} if self.case is not None else {}
        return {
            "url": shown.url,
            "template": shown.template,
            "asks": ",".join(("case", *shown.asks)),
            "hidden": json.dumps(hidden),
            **shown.context(self.case, given, self.actor),
        }

    def photo_fields(self) -> list[str]:
        return [evidence.name_of(role) for role in evidence.roles_of(self.rule)]

    def request_uid(self) -> UUID:
        """The hidden number that makes two presses one act; a new one if it was tampered with."""
        try:
            return UUID(self.request.POST.get("request_uid", ""))
        except ValueError:
            return uuid4()
