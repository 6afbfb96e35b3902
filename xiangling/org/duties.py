"""Duty codes of the house itself and what each role may do (roles are dated pack data)."""

from __future__ import annotations

from datetime import date
from functools import cache

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import packs, registry
from xiangling.kernel.docket import BLIND_DUTY
from xiangling.kernel.registry import Duty

registry.add_duties(
    Duty(BLIND_DUTY, _("Find an answerable unit for what nobody holds"), ("committee",)),
    Duty("duty.see", _("See the duty map")),
    Duty("duty.edit", _("Keep the duty map"), ("committee",)),
    Duty("duty.dispute", _("Dispute a duty")),
    Duty("duty.rule", _("Rule on a disputed duty"), ("committee",)),
    Duty("org.people", _("Keep units, posts and people")),
    Duty("org.security", _("Keep accounts and security settings")),
    Duty("audit.see", _("See the audit trail")),
    Duty("calendar.edit", _("Keep the working-day calendar")),
    Duty("token.own", _("Hold an access token")),
)


def duties_of(role: str, on: date) -> frozenset[str]:
    """The duty codes a role carries on a day (`packs/roles.yaml`); none for an unknown role."""
    return _by_role(role, on)


@cache
def _by_role(role: str, on: date) -> frozenset[str]:
    rows = [row for row in packs.load("roles") if row["key"] == role and packs.in_force(row, on)]
    return frozenset(code for row in rows for code in row["duties"])


@cache
def roles_with(duty: str, on: date) -> list[str]:
    """The roles that carry a duty on a day."""
    rows = [row for row in packs.load("roles") if packs.in_force(row, on)]
    return sorted({row["key"] for row in rows if duty in row["duties"]})


def role_label(role: str) -> str:
    row = next((row for row in packs.load("roles") if row["key"] == role), None)
    if row is None:
        return role
    return str(row["label_en"] if (get_language() or "").startswith("en") else row["label"])
