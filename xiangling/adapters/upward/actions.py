"""What is written about nodes by hand: registering one, ending one."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import IntegrityError, transaction

from xiangling.kernel import clock, crypto
from xiangling.kernel.scope import LEVELS

from .models import Node

CODE = re.compile(r"[0-9A-Za-z-]{2,24}")


class CannotRegister(ValueError):
    """A node cannot be entered like that; the words say why."""


def add_node(code: str, name: str, *, region: str, key: str, every_hours: int = 24) -> Node:
    """Register a node below by its public key. Raises CannotRegister."""
    if not CODE.fullmatch(code):
        raise CannotRegister("a node's code has 2 to 24 letters, digits and hyphens")
    if not name.strip() or len(name) > 60:
        raise CannotRegister("a node's name has 1 to 60 characters")
    if len(region) not in LEVELS or not region.isdigit():
        raise CannotRegister("the region is a division code of 4, 6, 9 or 12 digits")
    if not 1 <= every_hours <= 24 * 31:
        raise CannotRegister("a node reports every 1 to 744 hours")
    try:
        crypto.check_public_key(key)
    except crypto.BadKey as error:
        raise CannotRegister(str(error)) from error
    now = clock.now()
    try:
        with transaction.atomic():
            return Node.objects.create(
                code=code,
                name=name.strip(),
                region=region,
                key=key.strip(),
                every_hours=every_hours,
                added_at=now,
                due_at=now + timedelta(hours=every_hours),
            )
    except IntegrityError as error:
        raise CannotRegister(f"{code} is registered already; a new key needs a new code") from error


def end_node(node: Node, reason: str) -> None:
    """Take nothing more from a node; what it sent is kept. Raises CannotRegister without a reason."""
    if not reason.strip():
        raise CannotRegister("say why the node is ended")
    node.ended_at, node.ended_reason = clock.now(), reason.strip()[:200]
    node.save(update_fields=["ended_at", "ended_reason"])
