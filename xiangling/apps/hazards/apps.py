from django.apps import AppConfig


class HazardsConfig(AppConfig):
    name = "xiangling.apps.hazards"
    label = "hazards"

    def ready(self) -> None:
        from . import backfill, counting, jobs, kinds, lists  # noqa: F401 - importing registers what the app offers
