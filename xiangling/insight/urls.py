"""Addresses of the figures."""

from __future__ import annotations

from django.urls import path

from .honesty import views

urlpatterns = [
    path("honesty/", views.honesty, name="honesty"),
    path("honesty/overrules/", views.overrules, name="overrules"),
    path("honesty/units/<int:pk>/", views.unit, name="honesty_unit"),
]
