"""What a password must be, beyond Django's own rules, and the one that opens a new account once."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"


class ThreeClassesValidator:
    """At least three of: capital letters, small letters, digits, other signs (GB/T 22239-2019, 8.1.4.1)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a password with fewer classes of signs."""
        tests = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
        if sum(any(test(sign) for sign in password) for test in tests) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        return _("Use at least three of: capital letters, small letters, digits, other signs.")


def initial_password() -> str:
    """A random password that can be read out: three groups of signs that are not mixed up easily."""
    groups = [
        "".join(secrets.choice(_LETTERS) for _n in range(4)).capitalize(),
        "".join(secrets.choice(_DIGITS) for _n in range(4)),
        "".join(secrets.choice(_LETTERS) for _n in range(4)),
    ]
    return "-".join(groups)
