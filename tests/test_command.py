"""The `xiangling` command from outside: help without a database, refusals in words, a whole life of an installation."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
from pathlib import Path

import pytest
from django.db import connection

from tests import factories as f

COMMAND = [sys.executable, "-m", "xiangling.config.command"]
LISTED = ("demo", "serve", "work", "import", "export", "verify", "doctor", "backup", "restore")


def xiangling(
    *words: object, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=180, check=False
    )


@pytest.fixture
def empty(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation that does not exist yet."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("XL_")}
    return {**env, "DATA_DIR": str(tmp_path / "data"), "PORT": "8123"}


@pytest.mark.embedded
def test_help_lists_every_command_and_touches_nothing(empty: dict[str, str]) -> None:
    done = xiangling("--help", env={**empty, "XL_DATABASE_URL": "postgresql://nowhere.invalid/x"})
    assert done.returncode == 0
    assert [name for name in LISTED if re.search(rf"^  {name} ", done.stdout, re.MULTILINE)] == [
        *LISTED
    ]
    assert not Path(empty["DATA_DIR"]).exists()


@pytest.mark.embedded
def test_unknown_command_and_bad_environment_are_refused_in_words(empty: dict[str, str]) -> None:
    done = xiangling("destroy", env=empty)
    assert done.returncode == 2
    assert "no command 'destroy'" in done.stderr
    done = xiangling("doctor", env={**empty, "PORT": "eighty"})
    assert done.returncode == 2
    assert "PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", {"ENGINE": "django.db.backends.sqlite3"}),
        (
            "postgresql://xl:p%40ss@db.city.internal:5433/safety?sslmode=require",
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "safety",
                "USER": "xl",
                "PASSWORD": "p@ss",
                "HOST": "db.city.internal",
                "PORT": "5433",
            },
        ),
        (
            "postgresql://postgres@/postgres?host=/run/pg",
            {"HOST": "/run/pg", "NAME": "postgres", "PORT": ""},
        ),
    ],
)
def test_database_address(
    url: str, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from xiangling.config.environment import Environment, database

    monkeypatch.setenv("XL_DATABASE_URL", url)
    found = database(Environment())
    assert {key: found[key] for key in expected} == expected
    if "sslmode" in url:
        assert found["OPTIONS"]["sslmode"] == "require"


@pytest.mark.embedded
def test_work_and_serve_refuse_a_database_of_another_version(empty: dict[str, str]) -> None:
    for name in ("work", "serve"):
        done = xiangling(name, env=empty)
        assert done.returncode == 1
        assert "xiangling upgrade" in done.stderr


@pytest.mark.embedded
def test_keys_are_made_once_and_for_the_owner_only(empty: dict[str, str]) -> None:
    data = Path(empty["DATA_DIR"])
    xiangling("doctor", env=empty)
    kept = {name: (data / name).read_text() for name in ("secret.key", "field.key")}
    assert all((data / name).stat().st_mode & 0o777 == 0o600 for name in kept)
    xiangling("doctor", env=empty)
    assert {name: (data / name).read_text() for name in kept} == kept
    (data / "field.key").chmod(0o644)
    done = xiangling("doctor", env=empty)
    assert done.returncode == 1
    assert "chmod 600" in done.stdout


@pytest.mark.embedded
def test_the_demo_never_touches_an_installation_that_is_not_a_demo(empty: dict[str, str]) -> None:
    assert xiangling("upgrade", env=empty).returncode == 0
    before = (Path(empty["DATA_DIR"]) / "xiangling.sqlite3").read_bytes()
    for words in (["--no-serve"], ["--no-serve", "--fresh"]):
        done = xiangling("demo", *words, env=empty)
        assert done.returncode == 1
        assert "not a demo" in done.stderr
    assert (Path(empty["DATA_DIR"]) / "xiangling.sqlite3").read_bytes() == before


# A demo city, made once for the tests below ---------------------------------------------------------


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("XL_")}
    env |= {"DATA_DIR": str(tmp_path_factory.mktemp("city")), "PORT": str(free_port())}
    done = xiangling("demo", "--no-serve", env=env)
    assert done.returncode == 0, done.stderr
    return env


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.embedded
def test_the_demo_city_is_whole(city: dict[str, str]) -> None:
    done = xiangling("verify", env=city)
    assert done.returncode == 0, done.stderr
    n_proven = int(done.stdout.split()[0])
    assert n_proven >= 6000
    done = xiangling("doctor", env=city)
    assert done.returncode == 0, done.stdout


@pytest.mark.embedded
def test_verify_names_the_entry_that_was_changed_by_hand(
    city: dict[str, str], tmp_path: Path
) -> None:
    import shutil
    import sqlite3

    copy = {**city, "DATA_DIR": str(tmp_path / "copy")}
    shutil.copytree(city["DATA_DIR"], copy["DATA_DIR"])
    with sqlite3.connect(Path(copy["DATA_DIR"]) / "xiangling.sqlite3") as database:
        find = "SELECT id, case_uid, seq FROM kernel_entry WHERE seq = 2 ORDER BY id LIMIT 1"
        row_id, _uid, seq = database.execute(find).fetchone()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute("UPDATE kernel_entry SET actor_label = 'x' WHERE id = ?", [row_id])
        database.execute("DROP TRIGGER kernel_entry_no_update")
        database.execute("UPDATE kernel_entry SET actor_label = 'x' WHERE id = ?", [row_id])
    done = xiangling("verify", env=copy)
    assert done.returncode == 1
    assert f"entry {seq}" in done.stderr
    done = xiangling("doctor", env=copy)
    assert done.returncode == 1
    assert "kernel_entry_no_update" in done.stdout


@pytest.mark.embedded
def test_export_writes_what_the_list_shows(city: dict[str, str], tmp_path: Path) -> None:
    import csv

    target = tmp_path / "hazards.csv"
    done = xiangling("export", "hazards", target, env=city)
    assert done.returncode == 0, done.stderr
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) - 1 == int(done.stdout.split()[0]) >= 6000
    done = xiangling("export", "nothing", target, env=city)
    assert done.returncode == 1
    assert "hazards" in done.stderr


@pytest.mark.embedded
def test_demo_serves_and_ends_all_it_started(city: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*COMMAND, "demo"], env=city, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    address = next(match[0] for line in process.stdout if (match := re.search(r"http://\S+", line)))
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert answer.status == 200
    children = children_of(process.pid)
    assert len(children) >= 2
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found += [int(path.parent.name), *children_of(int(path.parent.name))]
    return found


@pytest.mark.embedded
def test_published_passwords_are_not_served_to_others(city: dict[str, str]) -> None:
    done = xiangling("serve", "--bind", "0.0.0.0", env=city)
    assert done.returncode == 1
    assert "XL_DEMO=1" in done.stderr


# Backup and restore ---------------------------------------------------------------------------------


@pytest.mark.embedded
def test_backup_comes_back_whole_and_only_into_an_empty_place(
    city: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "city.tar.gz"
    done = xiangling("backup", file, env=city)
    assert done.returncode == 0, done.stderr
    with tarfile.open(file) as tar:
        names = tar.getnames()
    assert "database.sqlite3" in names
    assert not [name for name in names if name.endswith(".key")]

    there = {**city, "DATA_DIR": str(tmp_path / "there")}
    done = xiangling("restore", file, env=there)
    assert done.returncode == 1
    assert "field key" in done.stderr
    Path(there["DATA_DIR"], "field.key").write_text(Path(city["DATA_DIR"], "field.key").read_text())
    done = xiangling("restore", file, env=there)
    assert done.returncode == 0, done.stderr
    assert "0 broken" in done.stdout
    done = xiangling("restore", file, env=there)
    assert done.returncode == 1
    assert "not empty" in done.stderr


@pytest.mark.embedded
def test_a_damaged_backup_changes_nothing(city: dict[str, str], tmp_path: Path) -> None:
    whole = tmp_path / "whole.tar.gz"
    assert xiangling("backup", whole, "--with-keys", env=city).returncode == 0
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole.read_bytes()[:-50_000])
    there = {**city, "DATA_DIR": str(tmp_path / "there")}
    done = xiangling("restore", cut, env=there)
    assert done.returncode == 1
    assert "not a whole backup" in done.stderr
    assert not (tmp_path / "there" / "xiangling.sqlite3").exists()
    assert xiangling("restore", whole, env=there).returncode == 0


@pytest.mark.django_db(transaction=True)
def test_backup_of_this_database_comes_back(installation: dict[str, str], tmp_path: Path) -> None:
    """On PostgreSQL too: pg_dump, then pg_restore into an empty database; every figure is counted the same there."""
    world = f.make_world()
    f.to_state(world, "closed", seed=10)
    f.report(world)
    assert xiangling("recount", env=installation).returncode == 0
    f.report(world, text="恢复前尚未统计的一处")
    file = tmp_path / "all.tar.gz"
    done = xiangling("backup", file, "--with-keys", env=installation)
    assert done.returncode == 0, done.stderr
    there = {**installation, "DATA_DIR": str(tmp_path / "there")}
    if connection.vendor == "sqlite":
        there.pop("XL_DATABASE_URL")
    else:
        name = f"restored_{os.getpid()}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        there["XL_DATABASE_URL"] = re.sub(r"@/\w+", f"@/{name}", installation["XL_DATABASE_URL"])
    try:
        done = xiangling("restore", file, env=there)
        assert done.returncode == 0, done.stderr
        assert "0 broken" in done.stdout
        assert "refuse changes" in xiangling("doctor", env=there).stdout
        again = xiangling("recount", env=there)
        assert again.returncode == 0, again.stderr
        assert "0 differences" in again.stdout
        assert "3 cases" in again.stdout
    finally:
        if connection.vendor != "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.embedded
def test_work_ends_by_itself_when_asked_to_do_what_there_is(city: dict[str, str]) -> None:
    begun = time.monotonic()
    assert xiangling("work", "--once", env=city).returncode == 0
    assert time.monotonic() - begun < 120
    assert json.loads(Path(city["DATA_DIR"], "demo").read_text()) == {"state": "ready"}
