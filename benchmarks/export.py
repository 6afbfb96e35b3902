"""`python -m benchmarks.export N`: the first N rows of the ledger as a workbook, as the page writes it."""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import islice

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangling.config.settings")
django.setup()

from xiangling.kernel import registry  # noqa: E402
from xiangling.kernel.scope import use  # noqa: E402
from xiangling.kernel.sheets import write_xlsx  # noqa: E402
from xiangling.web.listing import sheet_rows  # noqa: E402

from . import people  # noqa: E402

found = registry.shelf("lists")["hazards"]
actor = people.acting(people.holding_of("committee"))
with use(actor.scope), tempfile.TemporaryFile() as target:
    rows = islice(sheet_rows(found, actor, {"view": "all"}), int(sys.argv[1]))
    write_xlsx(target, [str(column.label) for column in found.columns], rows)
