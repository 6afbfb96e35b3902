from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KernelConfig(AppConfig):
    name = "xiangling.kernel"
    label = "kernel"

    def ready(self) -> None:
        from . import checks, triggers  # noqa: F401 - importing registers the system checks

        post_migrate.connect(triggers.after_migrate, dispatch_uid="kernel.triggers")
