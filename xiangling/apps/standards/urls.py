"""Addresses of the criteria library; its lists are generic pages."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("standards/<slug:key>/", views.edition, name="standard"),
    path("standards/<slug:key>/edit/", views.edit_edition, name="standard_edit"),
    path("criteria/<str:code>/", views.clause, name="criterion"),
    path("criteria/<str:code>/edit/", views.edit_clause, name="criterion_edit"),
]
