"""Addresses of sign-in, people, duties, the calendar and security."""

from __future__ import annotations

from django.urls import path, re_path

from .views import calendar, duties, people, security, session

_CLOSED = (
    r"^accounts/(?:signup|email|confirm-email|inactive|password/reset|password/set|login/code)/"
)

urlpatterns = [
    path("accounts/login/", session.SignIn.as_view(), name="account_login"),
    re_path(_CLOSED, session.closed),
    path("persona/", session.persona, name="persona"),
    path("post/", session.switch_post, name="switch_post"),
    path("post/<int:post>/", session.switch_post, name="switch_to_post"),
    path("language/", session.set_language, name="set_language"),
    path("people/", people.index, name="people"),
    path("people/new/", people.add_unit, name="unit_new"),
    path("people/accounts/", people.accounts_page, name="accounts"),
    path("people/accounts/new/", people.add_person, name="account_new"),
    path("people/accounts/<int:pk>/password/", people.reset_password, name="account_password"),
    path("people/accounts/<int:pk>/open/", people.set_open, name="account_open"),
    path("people/<int:pk>/", people.unit, name="unit"),
    path("people/<int:parent>/new/", people.add_unit, name="unit_new_below"),
    path("people/<int:pk>/rename/", people.rename, name="unit_rename"),
    path("people/<int:pk>/merge/", people.merge, name="unit_merge"),
    path("people/<int:pk>/posts/new/", people.add_post, name="post_new"),
    path("people/posts/<int:pk>/end/", people.end_post, name="post_end"),
    path("people/posts/<int:pk>/person/", people.put_on_post, name="post_person"),
    path("people/holdings/<int:pk>/end/", people.end_holding, name="holding_end"),
    path("duties/", duties.index, name="duties"),
    path("duties/blind/", duties.blind, name="blind_spots"),
    path("duties/new/", duties.add, name="line_new"),
    path("duties/lines/<int:pk>/", duties.line, name="line"),
    path("duties/lines/<int:pk>/end/", duties.end, name="line_end"),
    path("duties/lines/<int:pk>/replace/", duties.replace, name="line_replace"),
    path("calendar/", calendar.year, name="calendar"),
    path("calendar/<int:year>/", calendar.year, name="calendar_year"),
    path("calendar/<int:year>/published/", calendar.take_over, name="calendar_published"),
    path("calendar/day/<str:day>/", calendar.mark, name="calendar_day"),
    path("security/", security.index, name="security"),
    path("security/unlock/", security.unlock, name="security_unlock"),
    path("security/people/<int:pk>/<slug:verb>/", security.act_on, name="security_act"),
]
