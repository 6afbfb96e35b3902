"""Where a measurement runs: an empty installation on SQLite, or on a PostgreSQL server of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "xiangling.config.command"]
SERVER = {
    "shared_buffers": "1GB",
    "effective_cache_size": "8GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "max_connections": "120",
    "random_page_cost": "1.1",
}
"""What an operator would set on a machine with 24 GB; everything else is PostgreSQL's own default."""


@contextmanager
def installation(kind: str) -> Iterator[dict[str, str]]:
    """The environment of an empty installation; its server writes through to disk, as in earnest."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("XL_")}
    with tempfile.TemporaryDirectory(prefix="xl-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        env |= {"DATA_DIR": str(Path(folder) / "data"), "XL_LOG_LEVEL": "ERROR"}
        if kind == "sqlite":
            yield env
            return
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        Path(folder).chmod(0o755)
        from tests import postgres

        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            postgres.FAST.pop(name, None)
        postgres.FAST.update(SERVER)
        server = postgres.Server()
        try:
            yield {**env, "XL_DATABASE_URL": server.url}
        finally:
            server.stop()


def xiangling(env: dict[str, str], *words: str) -> str:
    """What a command that must succeed says."""
    done = subprocess.run([*COMMAND, *words], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stdout[-800:]}{done.stderr[-2000:]}")
    return done.stdout


def set_up(env: dict[str, str]) -> None:
    """Make this process one of the installation."""
    os.environ.update(env)
    os.environ["DJANGO_SETTINGS_MODULE"] = "xiangling.config.settings"
    import django

    django.setup()
