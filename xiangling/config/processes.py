"""The long-running processes: web, worker, and both under one parent for the demo."""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .command import Stop, set_up_django
from .environment import environment, is_demo

PAGE_LIMIT = 20
"""Seconds a statement of a page or of the API may take on PostgreSQL; workers and commands take their time."""
GRACE = 15.0
"""Seconds a process gets to end what it is doing before it is killed."""
_PR_SET_PDEATHSIG = 1


def serve(argv: list[str]) -> int:
    """Become the web server (gunicorn). Raises Stop where serving would be wrong or unsafe."""
    env = environment()
    parser = argparse.ArgumentParser(prog="xiangling serve", description="Serve pages and API.")
    parser.add_argument("--bind", default=env.bind, help="address to listen on (XL_BIND)")
    parser.add_argument("--port", type=int, default=env.port, help="port (PORT)")
    parser.add_argument("--workers", type=int, default=env.web_workers, help="web processes")
    options = parser.parse_args(argv)
    os.environ["XL_BIND"] = options.bind
    os.environ.setdefault("XL_STATEMENT_TIMEOUT", str(PAGE_LIMIT))
    environment.cache_clear()
    refuse_open_demo()
    refuse_old_schema()
    collect_static()
    address = f"[{options.bind}]" if ":" in options.bind else options.bind
    command = [sys.executable, "-m", "gunicorn", "xiangling.config.wsgi"]
    command += ["--config", "python:xiangling.config.web_process"]
    command += ["--bind", f"{address}:{options.port}", "--workers", str(options.workers)]
    command += ["--worker-class", "gthread", "--threads", "4", "--timeout", "120"]
    command += ["--graceful-timeout", str(int(GRACE) - 3), "--keep-alive", "5"]
    command += ["--max-requests", "20000", "--max-requests-jitter", "2000", "--no-control-socket"]
    command += ["--log-level", "warning"]
    if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn's heartbeat file must not wait on a disk
        command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - no shell


def work(argv: list[str]) -> int:
    """Carry jobs, sweep clocks and seal days until told to stop."""
    from xiangling.kernel import jobs  # noqa: PLC0415 - needs Django set up

    parser = argparse.ArgumentParser(prog="xiangling work", description=work.__doc__)
    parser.add_argument("--once", action="store_true", help="end when nothing is left to do")
    options = parser.parse_args(argv)
    refuse_old_schema()
    jobs.work(once=options.once)
    return 0


def upgrade(argv: list[str]) -> int:
    """Apply migrations, put the guards of the ledger in place, queue what old rows lack, collect static files."""
    argparse.ArgumentParser(prog="xiangling upgrade", description=upgrade.__doc__).parse_args(argv)
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    call_command("migrate", interactive=False, verbosity=1)
    bring_up_to_date()
    collect_static()
    return 0


def bring_up_to_date() -> None:
    """After the tables, what stands in them: the criteria of the packs, and what older rows lack."""
    from xiangling.apps.hazards import backfill  # noqa: PLC0415 - needs Django set up
    from xiangling.apps.standards import actions as standards  # noqa: PLC0415

    standards.follow_packs()
    if job := backfill.start_if_needed():
        print(f"queued for the worker: {job.title}")


def develop(argv: list[str]) -> int:
    """Django's own server with reload; the database is brought up to date first."""
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    env = environment()
    call_command("migrate", interactive=False, verbosity=0)
    bring_up_to_date()
    # the reloader starts this process again by its command line, so it must be one Python knows
    command = [sys.executable, "-m", "django", "runserver", f"{env.bind}:{env.port}", *argv]
    os.execv(command[0], command)  # noqa: S606 - no shell


def manage(argv: list[str]) -> int:
    """Any Django management command."""
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["xiangling manage", *argv])
    return 0


def refuse_open_demo() -> None:
    """A demo city has published passwords: it is served to this machine only, unless XL_DEMO=1."""
    env = environment()
    if is_demo(env.data) and not env.on_loopback and not env.demo:
        raise Stop(
            f"{env.data} holds the demo city, whose passwords are published. Serve it on "
            "127.0.0.1, choose another DATA_DIR, or set XL_DEMO=1 if others may sign in as anyone."
        )


def refuse_old_schema() -> None:
    """A process must not run on a database of another version."""
    from .doctor import unapplied_migrations  # noqa: PLC0415 - needs Django set up

    waiting = unapplied_migrations()
    if waiting:
        raise Stop(f"the database lacks {len(waiting)} migrations: run `xiangling upgrade` first")


def collect_static() -> None:
    """Gather, hash and compress static files into DATA_DIR/static, when they have changed."""
    from django.conf import settings  # noqa: PLC0415 - needs Django set up
    from django.contrib.staticfiles import finders  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.test.utils import override_settings  # noqa: PLC0415

    root = Path(settings.STATIC_ROOT)
    total = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            total.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = root / ".collected"
    if stamp.exists() and stamp.read_text() == total.hexdigest():
        return
    kind = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": kind}}
    with override_settings(STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(total.hexdigest())


# Several processes under one parent -----------------------------------------------------------------


def _end_with_parent() -> None:
    """In the child: its own group, and an end when the parent is killed outright (Linux)."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Family:
    """Child processes that live and end together."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.is_ending = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_end)

    def start(self, name: str, argv: Sequence[str]) -> None:
        command = [sys.executable, "-m", "xiangling.config.command", *argv]
        self.children[name] = subprocess.Popen(  # noqa: S603 - our own command
            command,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads run in the parent
        )

    def wait(self) -> int:
        """Until a signal asks for the end (0), or a child ends by itself (its code, at least 1)."""
        try:
            while not self.is_ending:
                for name, child in self.children.items():
                    code = child.poll()
                    if code is not None and not self.is_ending:
                        print(f"xiangling: {name} ended by itself ({code})", file=sys.stderr)
                        return abs(code) or 1
                time.sleep(0.2)
            return 0
        finally:
            self.end()

    def _ask_to_end(self, *_args: object) -> None:
        self.is_ending = True

    def end(self) -> None:
        """Ask every child's group to end, wait, then kill what is left."""
        for child in self.children.values():
            _signal_group(child, signal.SIGTERM)
        limit = time.monotonic() + GRACE
        for child in self.children.values():
            try:
                child.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child, signal.SIGKILL)
                child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


__all__ = ["Family", "develop", "manage", "serve", "set_up_django", "upgrade", "work"]
