"""What a web process makes before it takes requests (hooks of gunicorn)."""

from __future__ import annotations

import gc
from typing import Any

from django.urls import get_resolver


def post_worker_init(worker: Any) -> None:
    """Make the addresses, the description of the API and the judge once, not in four threads at once for the
    first who ask; and never look through them for garbage again."""
    from xiangling.apps.hazards.judge import Judge  # noqa: PLC0415 - needs Django set up

    get_resolver().url_patterns  # noqa: B018 - made when it is first looked at
    Judge()
    gc.collect()
    gc.freeze()
