"""Addresses of the settings."""

from django.urls import path

from tracker.web.settings import calendars, people, policies, teams

urlpatterns = [
    path("", teams.teams, name="settings"),
    path("new-team/", teams.team_edit, name="settings_team_new"),
    path("teams/<slug:slug>/", teams.team, name="settings_team"),
    path("teams/<slug:slug>/edit/", teams.team_edit, name="settings_team_edit"),
    path("teams/<slug:slug>/members/<row:person>/", teams.member_role, name="settings_member"),
    path("teams/<slug:slug>/members/<row:person>/remove/", teams.member_remove, name="settings_member_remove"),
    path("people/", people.people, name="settings_people"),
    path("people/new/", people.person_edit, name="settings_person_new"),
    path("people/<row:person>/", people.person_edit, name="settings_person"),
    path("people/<row:person>/deactivate/", people.person_deactivate, name="settings_person_deactivate"),
    path("people/<row:person>/reactivate/", people.person_reactivate, name="settings_person_reactivate"),
    path("calendars/", calendars.calendars, name="settings_calendars"),
    path("calendars/new/", calendars.calendar_edit, name="settings_calendar_new"),
    path("calendars/<row:calendar>/", calendars.calendar_edit, name="settings_calendar"),
    path("policies/", policies.policies, name="settings_policies"),
    path("policies/draft/", policies.draft, name="settings_policy_draft"),
    path("policies/<row:version>/", policies.policy, name="settings_policy"),
    path("policies/<row:version>/publish/", policies.publish, name="settings_policy_publish"),
]
