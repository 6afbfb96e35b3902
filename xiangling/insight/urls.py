"""Addresses of the figures."""

from __future__ import annotations

from django.urls import path

from . import views
from .bulletins import views as bulletins
from .cockpit import views as cockpit
from .honesty import views as honesty

urlpatterns = [
    path("bulletins/new/", bulletins.new, name="bulletin_new"),
    path("bulletins/<uuid:uid>/", bulletins.bulletin, name="bulletin"),
    path("honesty/", honesty.honesty, name="honesty"),
    path("honesty/overrules/", honesty.overrules, name="overrules"),
    path("honesty/units/<int:pk>/", honesty.unit, name="honesty_unit"),
    path("cockpit/", cockpit.cockpit, name="cockpit"),
    path("cockpit/shapes/", cockpit.shapes, name="cockpit_shapes"),
    path("statistics/", views.index, name="statistics"),
    path("statistics/monthly/", views.monthly_table, name="statistics_monthly"),
    path("statistics/official/new/", views.new_official, name="official_new"),
    path("statistics/mergers/", views.mergers, name="statistics_mergers"),
    path("statistics/reports/", views.saved_reports, name="statistics_reports"),
    path("statistics/reports/<uuid:uid>/run/", views.run_report, name="statistics_report_run"),
    path(
        "statistics/reports/<uuid:uid>/delete/",
        views.delete_report,
        name="statistics_report_delete",
    ),
    path(
        "statistics/reports/<uuid:uid>/<int:pk>/", views.report_file, name="statistics_report_file"
    ),
    path("statistics/snapshots/", views.snapshot_list, name="statistics_snapshots"),
    path("statistics/snapshots/<uuid:uid>/", views.snapshot, name="statistics_snapshot"),
    path("statistics/<slug:key>/", views.measure, name="statistics_measure"),
    path("statistics/<slug:key>/save/", views.save_report, name="statistics_save"),
    path("statistics/<slug:key>/publish/", views.publish, name="statistics_publish"),
]
