from django.apps import AppConfig


class DirectivesConfig(AppConfig):
    name = "xiangling.apps.directives"
    label = "directives"

    def ready(self) -> None:
        from . import home, kinds, lists  # noqa: F401 - importing registers what the app offers
