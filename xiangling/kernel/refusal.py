"""What the kernel says when it will not do something, in words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(eq=False)
class Refused(Exception):
    """A step was not taken.

    ``code`` is stable for scripts; ``what``, ``why``, ``todo`` and ``ask`` are sentences for people:
    what was refused, the rule behind it, what to do now, whom to ask. ``fields`` maps a form field
    to the sentence that belongs beside it. ``status`` is the HTTP status that fits.
    """

    code: str
    what: Any
    why: Any = ""
    todo: Any = ""
    ask: Any = ""
    fields: dict[str, Any] = field(default_factory=dict)
    status: int = 409

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.what, self.why, self.todo, self.ask) if part)


def took_too_long(error: Exception) -> bool:
    """Whether the database gave a statement up because it took longer than a request may (XL_STATEMENT_TIMEOUT)."""
    return "statement timeout" in str(error)


def too_long() -> Refused:
    """What a person is told then."""
    return Refused(
        "too_long",
        _("Not shown: looking this up takes longer than a page may."),
        todo=_(
            "Choose a view, a district or a shorter span of time, or more words, and ask again."
        ),
        status=503,
    )


class OutOfScope(Refused):
    """The record is not this actor's to see; it answers like one that does not exist."""

    def __init__(self) -> None:
        super().__init__(
            code="not_found",
            what=_("There is no such record in your area."),
            todo=_("Check the code, or ask the post that sent it to you."),
            status=404,
        )
