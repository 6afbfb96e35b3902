from django.apps import AppConfig


class HazardsConfig(AppConfig):
    name = "xiangling.apps.hazards"
    label = "hazards"

    def ready(self) -> None:
        from . import (  # noqa: F401 - importing registers what the app offers
            backfill,
            counting,
            jobs,
            kinds,
            lists,
            papers,
        )
