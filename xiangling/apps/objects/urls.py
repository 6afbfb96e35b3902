"""Addresses of the object register; its list is a generic page."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("objects/new/", views.create, name="object_new"),
    path("objects/find/", views.find, name="object_find"),
    path("objects/<uuid:uid>/", views.show, name="object"),
    path("objects/<uuid:uid>/edit/", views.edit, name="object_edit"),
    path("objects/<uuid:uid>/label/", views.label, name="object_label"),
]
