from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "xiangling.org"
    label = "org"

    def ready(self) -> None:
        from xiangling.kernel import actor, duty

        # importing registers duties, kinds and menu entries, and connects the security receivers
        from . import actors, duties, handover, lists, loop, menu, security  # noqa: F401
        from .dutymap import DutyMap

        duty.use_resolver(DutyMap)
        actor.use_loader(actors.load)
