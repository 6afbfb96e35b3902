"""The pytest plugin that gives a run its database and its own DATA_DIR, before Django is set up.

`pytest` runs on SQLite, `pytest --db postgres` (or XL_TEST_DB=postgres) on a throw-away PostgreSQL that
all xdist workers share, each with a database of its own. XL_TEST_DATABASE_URL names a server to use instead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests import postgres

_server: list[postgres.Server] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=["sqlite", "postgres"],
        default=os.environ.get("XL_TEST_DB", "sqlite"),
        help="database to run on",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Runs before pytest-django reads the settings, because it wraps."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        os.environ["DATA_DIR"] = str(Path(os.environ["XL_TEST_RUN"]) / worker)
    else:
        folder = tempfile.mkdtemp(prefix="xl-test-", dir=_fast_folder())
        os.environ.update(XL_TEST_RUN=folder, DATA_DIR=f"{folder}/main")
        os.environ["XL_DATABASE_URL"] = _database_url(early_config)
    os.environ.update(XL_DATABASE_POOL="0", XL_LOG_LEVEL="ERROR", PORT="8000")
    for name in ("XL_DEBUG", "XL_DEMO", "XL_TLS", "XL_BIND", "XL_BEHIND_PROXY"):
        os.environ.pop(name, None)
    return (yield)


def _fast_folder() -> str | None:
    memory = Path("/dev/shm")
    has_room = (
        memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    )
    return str(memory) if has_room else None


def _database_url(config: pytest.Config) -> str:
    if config.known_args_namespace.db == "sqlite":
        return ""
    given = os.environ.get("XL_TEST_DATABASE_URL")
    if given:
        return given
    try:
        _server.append(postgres.Server())
    except postgres.Missing as problem:
        raise pytest.UsageError(str(problem)) from problem
    return _server[0].url


def pytest_unconfigure() -> None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    for server in _server:
        server.stop()
    _server.clear()
    if "XL_TEST_RUN" in os.environ:
        shutil.rmtree(os.environ["XL_TEST_RUN"], ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('db')}"


@pytest.fixture(autouse=True, scope="session")
def _clean_up_append_only_tables() -> Iterator[None]:
    """Tests with real transactions empty every table afterwards; the ledger's guards stand aside for that."""
    from django.test import TransactionTestCase

    from xiangling.kernel import triggers

    original = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        with triggers.lifted():
            original(case)

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture
def installation() -> dict[str, str]:
    """The environment in which `xiangling` as a process of its own works on this test's database.

    Use with `transactional_db`: another process sees only what has been committed.
    """
    from django.db import connection

    settings = connection.settings_dict
    name = settings["NAME"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{str(name).lstrip('/')}"
    else:
        host, port = settings["HOST"], settings["PORT"]
        query = "&".join(
            f"{key}={value}" for key, value in (("host", host), ("port", port)) if value
        )
        url = f"postgresql://{settings['USER']}:{settings['PASSWORD']}@/{name}?{query}"
    return {**os.environ, "XL_DATABASE_URL": url, "XL_DATABASE_POOL": "1"}
