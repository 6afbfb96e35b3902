"""The verbs of documents and tasks that touch more than one record."""

from .tasks import (
    TaskFacts,
    complete,
    end_recurrence,
    open_shares,
    open_task,
    renew_standing,
    start_recurrence,
    tell_doer,
    withdraw_parts,
)

__all__ = [
    "TaskFacts",
    "complete",
    "end_recurrence",
    "open_shares",
    "open_task",
    "renew_standing",
    "start_recurrence",
    "tell_doer",
    "withdraw_parts",
]
