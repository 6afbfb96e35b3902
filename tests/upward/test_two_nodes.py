"""Two nodes as they stand in earnest: two databases, two server processes, HTTP between them (loopback)."""

from __future__ import annotations

import csv
import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests import factories as f
from xiangling.adapters.upward.models import SentBatch
from xiangling.kernel import clock
from xiangling.kernel.models import Entry, Job

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 600.0


class Installation:
    """A node: its environment, and the processes that run on it."""

    def __init__(self, environment: dict[str, str], folder: Path, **more: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **environment, "DATA_DIR": str(folder), "PORT": str(self.port), "XL_WEB_WORKERS": "1", **more,
        }  # fmt: skip
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "xiangling.config.command", *words],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.running.append(process)
        return process

    def run(self, *words: str, code: int = 0) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == code, (words, out, err)
        return out

    def serve(self) -> None:
        server, limit = self.start("serve"), time.monotonic() + PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert server.poll() is None, server.communicate()
            assert time.monotonic() < limit
            time.sleep(0.05)

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


@pytest.fixture
def upper(installation: dict[str, str], tmp_path: Path) -> Iterator[Installation]:
    """The node above, on a database of its own."""
    url = f"sqlite:///{str(tmp_path / 'upper.sqlite3').lstrip('/')}"
    name = f"upper_{os.getpid()}"
    if connection.vendor == "postgresql":
        here = installation["XL_DATABASE_URL"]
        url = here.replace(f"/{connection.settings_dict['NAME']}?", f"/{name}?")
        assert url != here
        _on_server(f"CREATE DATABASE {name}")
    node = Installation({**installation, "XL_DATABASE_URL": url}, tmp_path / "upper")
    try:
        node.run("upgrade")
        yield node
    finally:
        node.end()
        if connection.vendor == "postgresql":
            _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(statement: str) -> None:
    found = connection.settings_dict
    with psycopg.connect(
        host=found["HOST"], user=found["USER"], dbname="postgres", autocommit=True
    ) as server:
        server.execute(statement)


@pytest.fixture
def lower(
    installation: dict[str, str], tmp_path: Path, upper: Installation
) -> Iterator[Installation]:
    """The city, on the database of this test."""
    node = Installation(installation, tmp_path / "lower", XL_NODE="9901", XL_UPPER_URL=upper.url)
    yield node
    node.end()


def test_a_city_reports_to_its_province(
    upper: Installation, lower: Installation, tmp_path: Path
) -> None:
    world = f.make_world()
    f.to_state(world, "ordered", seed=9000)
    f.report(world)
    public = lower.run("upward", "key").strip()
    assert oct((tmp_path / "lower" / "node.key").stat().st_mode & 0o777) == "0o600"
    upper.serve()
    lower.serve()
    for node in (upper, lower):
        with urllib.request.urlopen(f"{node.url}/accounts/login/", timeout=30) as page:
            assert page.status == 200

    assert "unknown_node" in lower.run("upward", "send", code=1)
    upper.run("upward", "add", "9901", "测试市", public)
    assert "0 entries wait" in lower.run("upward", "send")
    n_entries = Entry.objects.count()
    assert f"good  batch 1  {n_entries} entries" in upper.run("upward", "state")

    f.report(world)
    worker = lower.start("work")
    limit = time.monotonic() + PATIENCE
    while SentBatch.objects.filter(taken_at__isnull=False).count() < 2:
        assert time.monotonic() < limit
        assert worker.poll() is None, worker.communicate()
        time.sleep(0.2)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    Job.objects.filter(state="running").update(lease_until=clock.now() - timedelta(seconds=1))
    lower.run("upward", "send")
    n_entries = Entry.objects.count()
    assert f"{n_entries} entries from 1 nodes, 0 breaks" in upper.run("upward", "verify")
    assert "reporting upward works, 0 entries wait" in lower.start("doctor").communicate()[0]

    lake = str(tmp_path / "province")
    upper.run("lake", "export", "--out", lake)
    said = upper.run(
        "lake", "ask", "towns", "--at", lake, "--as-of", "2026-06-11", "--format", "csv"
    )
    (row,) = csv.DictReader(io.StringIO(said))
    assert (row["city"], row["town"], row["n_all"], row["n_open"]) == (
        "9901",
        "990101001",
        "3",
        "3",
    )
    said = upper.run("lake", "ask", "arrivals", "--at", lake, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(said))
    assert (row["node"], int(row["n_entries"])) == ("9901", Entry.objects.count())
