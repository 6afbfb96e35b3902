"""What an operator may choose through the environment, read once and typed.

Names carry the prefix XL_, except DATA_DIR and PORT. docs/operations.md explains each for operators.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _comma_separated(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Names = Annotated[list[str], NoDecode, BeforeValidator(_comma_separated)]


class Environment(BaseSettings):
    """Settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="XL_", extra="ignore")

    data_dir: Path = Field(default=Path("data"), validation_alias=AliasChoices("DATA_DIR"))
    port: int = Field(default=8000, ge=1, le=65535, validation_alias=AliasChoices("PORT"))
    bind: str = "127.0.0.1"
    web_workers: int = Field(default=2, ge=1, le=64)
    allowed_hosts: Names = ["localhost", "127.0.0.1", "[::1]"]
    trusted_origins: Names = []
    database_url: str = ""
    database_pool: bool = True
    statement_timeout: int = Field(default=0, ge=0, le=3600)
    secret_key: str = ""
    field_key: str = ""
    node: str = ""
    node_key: str = ""
    upper_url: str = ""
    debug: bool = False
    demo: bool = False
    tls: bool = False
    behind_proxy: bool = False
    public_url: str = ""
    fonts: str = ""
    tile_url: str = ""
    llm_url: str = ""
    llm_model: str = ""
    llm_key: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def data(self) -> Path:
        """The folder that holds everything this installation keeps, as an absolute path."""
        return self.data_dir.expanduser().resolve()

    @property
    def on_loopback(self) -> bool:
        return self.bind in LOOPBACK

    @property
    def offers_personas(self) -> bool:
        """True where sign-in may offer one-click demo people: a demo city, and only for this machine
        unless the operator says XL_DEMO=1."""
        return is_demo(self.data) and ((self.on_loopback and not self.behind_proxy) or self.demo)


def is_demo(data: Path) -> bool:
    """True where the folder holds a demo city (`xiangling demo` leaves the marker)."""
    return (data / "demo").exists()


@cache
def environment() -> Environment:
    """The environment of this process.

    Raises pydantic.ValidationError where a value cannot be used.
    """
    return Environment()


def read_or_create_key(path: Path, given: str) -> str:
    """The key from the environment, else from its file; a missing file is made once, readable by
    its owner only. Two processes that start together end with the same key.
    """
    if given:
        return given
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


SERIAL = "-c max_parallel_workers_per_gather=0"
"""A page asks many small questions; starting processes for one of them costs several times what they save. What the
address says comes after this and counts."""


def database(env: Environment) -> dict[str, Any]:
    """Django's description of the one database: embedded SQLite, or PostgreSQL by its address.

    Raises ValueError for an address that is neither `postgresql://` nor `sqlite:///`.
    """
    url = urlsplit(env.database_url)
    if url.scheme in ("", "sqlite"):
        path = Path(unquote(url.path)) if url.scheme else env.data / "xiangling.sqlite3"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            # a file, as in earnest: threads and other processes open it too
            "TEST": {"NAME": str(env.data / "test.sqlite3")},
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
            },
        }
    if url.scheme not in ("postgresql", "postgres"):
        raise ValueError("XL_DATABASE_URL must begin with postgresql:// or sqlite:///")
    options: dict[str, Any] = dict(parse_qsl(url.query))
    socket = options.pop("host", "")
    port = options.pop("port", "")
    timeout = f"-c statement_timeout={env.statement_timeout}s" if env.statement_timeout else ""
    options["options"] = " ".join(filter(None, (SERIAL, options.get("options"), timeout)))
    if env.database_pool:
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 20}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")) or "xiangling",
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or socket,
        "PORT": str(url.port or port or ""),
        "OPTIONS": options,
    }
