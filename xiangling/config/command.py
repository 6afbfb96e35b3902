"""The `xiangling` command: one table of subcommands, each loaded only when it is called."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module

from pydantic import ValidationError


class Stop(Exception):
    """A command cannot go on; the words say why and what to do."""


@dataclass(frozen=True)
class Subcommand:
    """Where it lives ("module:function", called with its arguments, returning the exit code)."""

    target: str
    line: str
    is_listed: bool = True
    needs_django: bool = True


COMMANDS = {
    "demo": Subcommand(
        "xiangling.config.demo:run",
        "make a fictional city and serve it on this machine",
        needs_django=False,
    ),
    "serve": Subcommand("xiangling.config.processes:serve", "serve pages and API"),
    "work": Subcommand("xiangling.config.processes:work", "carry jobs, clocks and daily seals"),
    "import": Subcommand("xiangling.config.exchange:take_in", "take in a sheet of records"),
    "export": Subcommand("xiangling.config.exchange:give_out", "write a list as a sheet"),
    "read": Subcommand(
        "xiangling.config.reading:take",
        "read documents into tasks with owner and date",
        needs_django=False,
    ),
    "judge": Subcommand(
        "xiangling.config.judging:run",
        "judge findings: major hazards, by which clause, how deep, which are copies",
        needs_django=False,
    ),
    "train": Subcommand(
        "xiangling.config.judging:train",
        "train the judge anew from the labelled findings",
        is_listed=False,
        needs_django=False,
    ),
    "score": Subcommand(
        "xiangling.config.scoring:run",
        "say how well the reader or the judge does on labelled rows",
        needs_django=False,
    ),
    "verify": Subcommand("xiangling.config.exchange:verify", "prove every chain of the ledger"),
    "rejudge": Subcommand(
        "xiangling.config.judging_again:rejudge",
        "judge the whole ledger again and list what differs; changes nothing",
    ),
    "recount": Subcommand(
        "xiangling.config.figures:recount_all", "count every figure again from the rows"
    ),
    "upward": Subcommand(
        "xiangling.config.upward:run", "report to the node above, and keep the nodes below"
    ),
    "lake": Subcommand(
        "xiangling.config.lake:run",
        "the ledger as Parquet, and questions on it",
        needs_django=False,
    ),
    "stats": Subcommand("xiangling.config.figures:stats", "a measure's figures, by what you name"),
    "boundaries": Subcommand(
        "xiangling.config.exchange:take_boundaries", "take in the boundaries of divisions (GeoJSON)"
    ),
    "bulletin": Subcommand(
        "xiangling.config.figures:bulletin", "write the bulletin of a month or quarter"
    ),
    "doctor": Subcommand("xiangling.config.doctor:run", "say what is wrong with this installation"),
    "backup": Subcommand("xiangling.config.backup:save", "write everything kept into one file"),
    "restore": Subcommand(
        "xiangling.config.backup:restore",
        "bring a backup back into an empty installation",
        needs_django=False,
    ),
    "upgrade": Subcommand(
        "xiangling.config.processes:upgrade", "bring the database to this version"
    ),
    "begin": Subcommand(
        "xiangling.config.beginning:run", "enter the city and open the administrators' accounts"
    ),
    "run": Subcommand(
        "xiangling.config.processes:develop", "development server with reload", is_listed=False
    ),
    "manage": Subcommand(
        "xiangling.config.processes:manage", "a Django management command", is_listed=False
    ),
}


def usage() -> str:
    lines = [f"  {name:<10} {entry.line}" for name, entry in COMMANDS.items() if entry.is_listed]
    return "\n".join(
        [
            "usage: xiangling COMMAND [OPTIONS]      (xiangling COMMAND --help tells more)",
            "",
            *lines,
            "",
            "environment: DATA_DIR (default ./data), PORT (default 8000), XL_DATABASE_URL,",
            "             XL_BIND, XL_ALLOWED_HOSTS and others: see docs/operations.md",
        ]
    )


def set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangling.config.settings")
    import_module("django").setup()


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand. Exit code 2: not understood; 1: refused or failed, said on stderr."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if words else 2
    if words[0] in ("-V", "--version"):
        print(import_module("xiangling").__version__)
        return 0
    entry = COMMANDS.get(words[0])
    if entry is None:
        print(f"xiangling: no command {words[0]!r}\n\n{usage()}", file=sys.stderr)
        return 2
    try:
        if entry.needs_django:
            set_up_django()
        module, function = entry.target.split(":")
        return int(getattr(import_module(module), function)(words[1:]) or 0)
    except Stop as reason:
        print(f"xiangling {words[0]}: {reason}", file=sys.stderr)
        return 1
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            print(f"xiangling: environment {name}: {fault['msg']}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    # run as a script this module is another one than the one whose Stop the subcommands raise
    sys.exit(import_module("xiangling.config.command").main())
