"""Write the description of the API, in English, as it is compared by the tests."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from ninja.responses import NinjaJSONEncoder


def description() -> str:
    """The OpenAPI document as text, with sorted keys."""
    api = import_module("xiangling.api.urls").api  # built when all apps have registered theirs
    with translation.override("en"):
        schema = api.get_openapi_schema(path_prefix="/api/v1/")
        return (
            json.dumps(schema, cls=NinjaJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True)
            + "\n"
        )


class Command(BaseCommand):
    help = "Write the OpenAPI description (tests/api/openapi.json is one)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="where to write it; standard output if left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"]:
            Path(options["file"]).write_text(description(), "utf-8")
        else:
            self.stdout.write(description(), ending="")
