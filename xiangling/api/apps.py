from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "xiangling.api"
    label = "api"
