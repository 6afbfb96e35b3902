"""The demo city: `plan` says what is in it, as data; `build` puts it into the database."""

from __future__ import annotations


def build() -> None:
    """Make the demo city in an empty, migrated database."""
    from .build import build as build_all  # noqa: PLC0415 - needs Django set up

    build_all()


def logins() -> list[tuple[str, str, str]]:
    """(label, account, password) of the people who can sign in."""
    from .build import logins as all_logins  # noqa: PLC0415 - needs Django set up

    return all_logins()
