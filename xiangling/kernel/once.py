"""What is asked once for a block of work: the parts of a step, or of a page, see one answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

T = TypeVar("T")
_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def block() -> Iterator[None]:
    """Keep answers until the block ends; a block within a block keeps them with the outer one."""
    known = _answers.get()
    token = _answers.set({} if known is None else known)
    try:
        yield
    finally:
        _answers.reset(token)


def asked(question: Hashable, ask: Callable[[], T]) -> T:
    """The answer that the block knows, else a fresh one."""
    known = _answers.get()
    if known is None:
        return ask()
    if question not in known:
        known[question] = ask()
    return cast(T, known[question])


def known(question: Hashable) -> Any:
    """The answer that the block has, or None: asking would cost more than it saves."""
    return (_answers.get() or {}).get(question)
