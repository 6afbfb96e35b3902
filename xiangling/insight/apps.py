from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "xiangling.insight"
    label = "insight"

    def ready(self) -> None:
        from . import api, drill, duties, entering, lists, reports, tallies  # noqa: F401 - importing registers what this part offers
        from .bulletins import lists as of_bulletins  # noqa: F401
