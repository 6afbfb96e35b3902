from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "xiangling.web"
    label = "web"

    def ready(self) -> None:
        from . import lists, menu, proving  # noqa: F401 - importing registers what the pages offer
