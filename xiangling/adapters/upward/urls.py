"""Addresses of reporting upward: the door for batches, and the pages."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("upward/", views.overview, name="upward"),
    path("upward/batches/", views.batches, name="upward_batches"),
    path("upward/<uuid:uid>/", views.node, name="upward_node"),
]
