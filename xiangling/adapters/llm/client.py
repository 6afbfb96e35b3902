"""One question, one answer: POST {url}/chat/completions."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

MOST_ANSWER = 2 * 1024 * 1024


class ModelFailed(Exception):
    """The model could not be asked or did not answer as agreed; the words say why."""


@dataclass(frozen=True, slots=True)
class Model:
    """Where the model is and what it is called. `url` ends before /chat/completions."""

    url: str
    name: str
    key: str = ""
    timeout: float = 60.0  # seconds


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to the named address and to no other."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def ask(model: Model, system: str, question: str) -> str:
    """The answer's text. Raises ModelFailed."""
    if urlsplit(model.url).scheme not in ("http", "https"):
        raise ModelFailed(f"the model's address must begin with http:// or https://: {model.url}")
    body = {
        "model": model.name,
        "temperature": 0,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
    }
    headers = {"Content-Type": "application/json"}
    if model.key:
        headers["Authorization"] = f"Bearer {model.key}"
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        model.url.rstrip("/") + "/chat/completions",
        json.dumps(body).encode(),
        headers,
        method="POST",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(request, timeout=model.timeout) as answer:
            content = answer.read(MOST_ANSWER + 1)
    except urllib.error.HTTPError as error:
        raise ModelFailed(f"the model answered {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise ModelFailed(f"the model cannot be reached: {error}") from error
    if len(content) > MOST_ANSWER:
        raise ModelFailed("the model's answer is too long")
    try:
        text = json.loads(content)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ModelFailed("the model's answer is not of the agreed form") from error
    if not isinstance(text, str):
        raise ModelFailed("the model's answer is not of the agreed form")
    return text
