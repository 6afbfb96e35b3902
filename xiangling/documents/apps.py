from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "xiangling.documents"
    label = "documents"

    def ready(self) -> None:
        from . import kinds, lists  # noqa: F401 - importing registers what is offered
