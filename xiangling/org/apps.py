from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "xiangling.org"
    label = "org"

    def ready(self) -> None:
        from xiangling.kernel import actor, duty

        from . import actors, duties, loop  # noqa: F401 - importing registers duties and kinds
        from .dutymap import DutyMap

        duty.use_resolver(DutyMap)
        actor.use_loader(actors.load)
