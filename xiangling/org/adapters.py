"""How the sign-in library behaves here: nobody signs up, nothing is mailed, secrets are sealed."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from xiangling.kernel import crypto

from .security import address_of


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by the administrator of people, never by their owners."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is mailed: most installations have no way out."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def is_safe_url(self, url: str | None) -> bool:
        """An address that cannot be read is not safe to go to."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"


class TwoStepAdapter(DefaultMFAAdapter):
    """Second factors, with their keys sealed in the database."""

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises kernel.crypto.CannotOpen if the field key is not the one that sealed it."""
        return crypto.decrypt(encrypted_text)
