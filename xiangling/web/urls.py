"""Addresses of the generic pages. Kinds and lists are known by the registry; a word it does not know is 404."""

from __future__ import annotations

from django.urls import path, register_converter

from xiangling.kernel import registry
from xiangling.kernel.lists import List
from xiangling.kernel.registry import Kind

from .lists import list_of
from .views import (
    audit,
    bulk,
    finding,
    health,
    home,
    imports,
    intake,
    jobs,
    lists,
    notices,
    picks,
    proofs,
    records,
    steps,
)


class KindConverter:
    """A registered kind by its key."""

    regex = "[a-z_]+"

    def to_python(self, value: str) -> Kind:
        try:
            return registry.kind(value)
        except KeyError as error:
            raise ValueError(value) from error

    def to_url(self, value: Kind) -> str:
        return value.key


class ListConverter:
    """A list by its key, registered or made for a kind."""

    regex = "[a-z_]+"

    def to_python(self, value: str) -> List:
        found = list_of(value)
        if found is None:
            raise ValueError(value)
        return found

    def to_url(self, value: List) -> str:
        return value.key


class VersionConverter:
    """A version of a stored file."""

    regex = "clean|thumb|original"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(KindConverter, "kind")
register_converter(ListConverter, "list")
register_converter(VersionConverter, "version")

urlpatterns = [
    path("", home.home, name="home"),
    path("mine/", home.mine, name="mine"),
    path("health", health.health, name="health"),
    path("search", finding.find, name="search"),
    path("q/<str:code>/", records.short_address, name="short_address"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/<int:pk>/", notices.open_notice, name="notice"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:uid>/", jobs.job, name="job"),
    path("jobs/<uuid:uid>/stop/", jobs.stop, name="job_stop"),
    path("jobs/<uuid:uid>/resume/", jobs.resume, name="job_resume"),
    path("jobs/<uuid:uid>/file/", jobs.file, name="job_file"),
    path("import/<slug:key>/", imports.import_page, name="import"),
    path("import/<slug:key>/start/", imports.start, name="import_start"),
    path("import/<slug:key>/template/", imports.template, name="import_template"),
    path("audit/", audit.audit, name="audit"),
    path("audit/prove/", audit.prove, name="audit_prove"),
    path("pick/<slug:name>/", picks.pick, name="pick"),
    path("saved-views/<int:pk>/delete/", lists.delete_view, name="saved_view_delete"),
    path("saved-views/<slug:key>/", lists.save_view, name="saved_view"),
    path(
        "proof/<kind:kind>/<uuid:uid>/<uuid:file>/<version:version>",
        proofs.proof_file,
        name="proof",
    ),
    path("<kind:kind>/new/", intake.intake, name="intake"),
    path("<kind:kind>/<uuid:uid>/", records.record, name="record"),
    path("<kind:kind>/<uuid:uid>/verify/", records.verify, name="verify"),
    path("<kind:kind>/<uuid:uid>/label/", records.label, name="label"),
    path("<kind:kind>/<uuid:uid>/<slug:step>/", steps.step, name="step"),
    path("<list:found>/", lists.list_page, name="list"),
    path("<list:found>/bulk/<slug:step>/", bulk.bulk_step, name="bulk"),
]
