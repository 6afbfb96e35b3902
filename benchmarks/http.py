"""Web workers as in earnest, and many clients at once without a browser: asyncio, keep-alive, one socket each."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .figures import Spent, summed
from .place import COMMAND, ROOT

BARE = """
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="bare")
from django.http import HttpResponse
from django.urls import path
from django.core.wsgi import get_wsgi_application
urlpatterns = [path("", lambda request: HttpResponse("x" * 2000))]
application = get_wsgi_application()
"""


@dataclass(frozen=True)
class Asked:
    """One request; a body is sent as JSON."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Done:
    """What became of many requests."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def spent(self) -> Spent:
        return summed(self.times)

    def note(self, asked: Asked, status: int, seconds: float, content: bytes) -> None:
        self.times.append(seconds * 1000)
        self.statuses[status] += 1
        if status >= 400 and status != 409:
            self.failed.append(f"{status} {asked.method} {asked.path} {content[:300]!r}")


class Wire:
    """One keep-alive connection; it is opened again where the server has closed it in between."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        """(status, content, headers). A repeatable request is sent once more where the line was cut."""
        for attempt in (1, 2, 3):
            try:
                return await self._ask(asked)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if attempt == 3:
                    raise
        raise AssertionError

    async def _ask(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        if self.writer is None or self.reader is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = json.dumps(asked.body).encode() if asked.body is not None else b""
        head = [
            f"{asked.method} {asked.path} HTTP/1.1",
            "Host: localhost",
            f"Content-Length: {len(body)}",
        ]
        if body:
            head.append("Content-Type: application/json")
        head += [f"{name}: {value}" for name, value in asked.headers.items()]
        self.writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await self.writer.drain()
        status = int((await self.reader.readuntil(b"\r\n")).split()[1])
        headers = {}
        while (line := await self.reader.readuntil(b"\r\n")) != b"\r\n":
            name, _colon, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        content = await self._content(headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, content, headers

    async def _content(self, headers: dict[str, str]) -> bytes:
        assert self.reader is not None
        if headers.get("transfer-encoding") != "chunked":
            return await self.reader.readexactly(int(headers.get("content-length", 0)))
        parts = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return b"".join(parts)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def all_at_once(port: int, asked: Sequence[Asked], at_once: int) -> Done:
    """Send everything over this many connections, each busy all the time."""
    return asyncio.run(_all(port, asked, at_once))


async def _all(port: int, asked: Sequence[Asked], at_once: int) -> Done:
    done, waiting = Done(), list(reversed(asked))

    async def client() -> None:
        wire = Wire(port)
        while waiting:
            one = waiting.pop()
            begun = time.perf_counter()
            status, content, _headers = await wire.ask(one)
            done.note(one, status, time.perf_counter() - begun, content)
        wire.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(at_once)))
    done.seconds = time.perf_counter() - begun
    return done


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        if process.poll() is not None:
            sys.exit(f"the server ended with {process.returncode}")
        try:
            done = all_at_once(port, [Asked("GET", path)], 1)
        except OSError:
            time.sleep(0.2)
            continue
        if done.statuses:
            return
    sys.exit("the server did not come up")


@contextmanager
def serving(env: dict[str, str], workers: int = 2) -> Iterator[int]:
    """`xiangling serve` with this many workers; yields the port."""
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), "--workers", str(workers)], env=env, cwd=ROOT
    )
    try:
        wait_for(port, "/health", process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def bare_rate(at_once: int, n: int = 3000) -> float:
    """Requests/s of a Django view that does nothing, under the same server settings."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bare.py").write_text(BARE)
        command = [sys.executable, "-m", "gunicorn", "bare", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
        command += ["--log-level", "error", "--chdir", folder, "--no-control-socket"]
        env = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO")}
        process = subprocess.Popen(command, env=env)
        try:
            wait_for(port, "/", process)
            return all_at_once(port, [Asked("GET", "/")] * n, at_once).rate
        finally:
            process.terminate()
            process.wait(30)
