"""One batch over HTTP to the upper node: no proxy, no redirect, no address but the one that was set."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from xiangling.kernel import crypto

from . import wire

if TYPE_CHECKING:
    from .models import SentBatch
    from .sending import Own

TIMEOUT = 120
"""Seconds without a byte."""
MOST_ANSWER = 65536
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PATH = "/upward/batches/"


class BadAddress(RuntimeError):
    """The upper node's address cannot be used; the words say why."""


@dataclass(frozen=True)
class Answer:
    """What the upper node said, or why nothing was heard ("unreachable")."""

    code: str
    detail: str = ""
    number: int = 0
    digest: str = ""


def check_address(url: str) -> None:
    """Raises BadAddress for what is no https address; plain http only to this machine."""
    found = urlsplit(url)
    is_here = found.scheme == "http" and found.hostname in LOOPBACK
    if not found.hostname or not (found.scheme == "https" or is_here):
        raise BadAddress(f"XL_UPPER_URL must begin with https:// (it is {url!r})")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


def post(sender: Own, batch: SentBatch) -> Answer:
    """Send one batch and give the answer; never raises for what the network or the other side does."""
    words = wire.signed_words(sender.node, batch.number, batch.digest)
    request = urllib.request.Request(  # noqa: S310 - checked by check_address
        sender.url + PATH,
        data=bytes(batch.body or b""),
        headers={
            "Content-Type": "application/octet-stream",
            wire.NODE: sender.node,
            wire.NUMBER: str(batch.number),
            wire.SIGNATURE: crypto.sign(sender.key, words),
        },
        method="POST",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            return _read(response.read(MOST_ANSWER), response.status)
    except urllib.error.HTTPError as error:
        with error:
            return _read(error.read(MOST_ANSWER), error.code)
    except (OSError, http.client.HTTPException) as error:
        return Answer("unreachable", str(getattr(error, "reason", error))[:200])


def _read(raw: bytes, status: int) -> Answer:
    try:
        said = json.loads(raw)
        last = said["last"]
        return Answer(
            str(said["code"])[:24],
            str(said["detail"])[:300],
            int(last["number"]),
            str(last["digest"])[:64],
        )
    except (ValueError, KeyError, TypeError):
        return Answer("strange", f"status {status}, not an answer of an upper node")
