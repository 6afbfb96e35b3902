from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "xiangling.insight"
    label = "insight"

    def ready(self) -> None:
        from . import duties, tallies  # noqa: F401 - importing registers what this part offers
