"""`xiangling demo`: a fictional city with people in it, served on this machine."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from .command import Stop, set_up_django
from .environment import environment
from .processes import Family, bring_up_to_date

MARKER = "demo"
KEPT = ("xiangling.sqlite3", "xiangling.sqlite3-wal", "xiangling.sqlite3-shm")
FOLDERS = ("proof", "files", "imports", "incoming")


def run(argv: list[str]) -> int:
    """Make the demo city where it is not yet made, then serve it until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="xiangling demo", description=run.__doc__)
    parser.add_argument("--no-serve", action="store_true", help="make the city and stop")
    parser.add_argument("--fresh", action="store_true", help="throw an earlier demo city away")
    options = parser.parse_args(argv)
    env = environment()
    if not options.no_serve:
        refuse_taken_port(env.bind, env.port)
    prepare(env.data, fresh=options.fresh)
    if options.no_serve:
        print(f"The demo city is in {env.data}.")
        return 0
    return serve_city()


def prepare(data: Path, *, fresh: bool) -> None:
    """The city, made once. A folder with real records is never touched.

    Raises Stop where DATA_DIR or the database holds something that is not a demo city.
    """
    state = marker_state(data)
    if state != "ready" or fresh:
        refuse_real_data(data, state)
        clear(data)
        data.mkdir(parents=True, exist_ok=True)
        write_marker(data, "building")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangling.config.settings")
    set_up_django()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    call_command("migrate", interactive=False, verbosity=0)
    bring_up_to_date()
    if marker_state(data) != "ready":
        build_city()
        write_marker(data, "ready")


def build_city() -> None:
    from django.db import connection  # noqa: PLC0415 - needs Django set up

    from . import demo_city  # noqa: PLC0415

    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM org_person)")
            row = cursor.fetchone()
        if row and row[0]:
            raise Stop("the database already holds people: give the demo an empty database")
    print("Making the demo city ...", flush=True)
    begun = time.monotonic()
    demo_city.build()
    print(f"Made in {time.monotonic() - begun:.0f} s.", flush=True)


def marker_state(data: Path) -> str:
    """ "" (none), "building" (an earlier try was cut off) or "ready"."""
    try:
        return str(json.loads((data / MARKER).read_text()).get("state", ""))
    except (OSError, ValueError):
        return ""


def write_marker(data: Path, state: str) -> None:
    (data / MARKER).write_text(json.dumps({"state": state}))


def refuse_real_data(data: Path, state: str) -> None:
    if not state and (data / KEPT[0]).exists():
        raise Stop(
            f"{data} holds an installation that is not a demo. Choose another folder, "
            "for example: DATA_DIR=demo-data xiangling demo"
        )


def clear(data: Path) -> None:
    for name in KEPT:
        (data / name).unlink(missing_ok=True)
    for name in FOLDERS:
        shutil.rmtree(data / name, ignore_errors=True)


def refuse_taken_port(bind: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise Stop(
                f"cannot listen on {bind}:{port} ({error.strerror}). "
                "Choose another port, for example: make demo PORT=8001"
            ) from error


def serve_city() -> int:
    """Web and worker as children; the address and the logins once the first page answers."""
    from . import demo_city  # noqa: PLC0415 - needs Django set up

    env = environment()
    family = Family()
    family.start("web", ["serve"])
    family.start("worker", ["work"])
    host = env.bind if env.on_loopback else "127.0.0.1"
    address = f"http://{f'[{host}]' if ':' in host else host}:{env.port}/"
    if not wait_for(address, family):
        family.end()
        raise Stop("the web process did not come up; its messages are above")
    print(f"\nXiangling 向零 is at {address}\n")
    for label, username, password in demo_city.logins():
        print(f"  {username:<14} {password:<16} {label}")
    print("\nCtrl-C ends it.", flush=True)
    return family.wait()


def wait_for(address: str, family: Family, seconds: float = 60) -> bool:
    """True once the address answers at all; False when a child has ended or time is up."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if family.is_ending or any(child.poll() is not None for child in family.children.values()):
            return family.is_ending
        try:
            with urllib.request.urlopen(address, timeout=10):  # noqa: S310 - our own address
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
    return False
