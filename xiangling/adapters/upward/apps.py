from django.apps import AppConfig


class UpwardConfig(AppConfig):
    name = "xiangling.adapters.upward"
    label = "upward"

    def ready(self) -> None:
        from . import duties, lists, sending  # noqa: F401 - importing registers what this part offers
