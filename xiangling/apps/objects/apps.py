from django.apps import AppConfig


class ObjectsConfig(AppConfig):
    name = "xiangling.apps.objects"
    label = "objects"

    def ready(self) -> None:
        from . import duties, home, jobs, lists  # noqa: F401 - importing registers what the app offers
