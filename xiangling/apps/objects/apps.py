from django.apps import AppConfig


class ObjectsConfig(AppConfig):
    name = "xiangling.apps.objects"
    label = "objects"
