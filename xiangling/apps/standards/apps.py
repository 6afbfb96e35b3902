from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "xiangling.apps.standards"
    label = "standards"

    def ready(self) -> None:
        from . import duties, jobs, lists  # noqa: F401 - importing registers what the app offers
