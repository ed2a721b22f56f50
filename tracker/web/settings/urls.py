"""Addresses of the settings."""

from django.urls import path

from tracker.web.settings import (
    calendars,
    people,
    policies,
    policy_comparing,
    policy_control_pages,
    policy_drafting,
    policy_files,
    policy_releases,
    teams,
)

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
    path("policies/draft/", policy_drafting.draft, name="settings_policy_draft"),
    path("policies/draft/yaml/", policy_files.policy_import, name="settings_policy_import"),
    path("policies/draft/controls/", policy_control_pages.draft_controls, name="settings_policy_draft_controls"),
    path("policies/draft/new-control/", policy_control_pages.control, name="settings_policy_control_new"),
    path("policies/draft/controls/<str:code>/", policy_control_pages.control, name="settings_policy_control"),
    path(
        "policies/draft/controls/<str:code>/remove/",
        policy_control_pages.control_remove,
        name="settings_policy_control_remove",
    ),
    path("policies/draft/<slug:tier>/", policy_drafting.tier, name="settings_policy_tier"),
    path("policies/<row:version>/", policies.policy, name="settings_policy"),
    path("policies/<row:version>.yaml", policy_files.policy_yaml, name="settings_policy_yaml"),
    path("policies/<row:version>/controls/", policy_control_pages.controls, name="settings_policy_controls"),
    path("policies/<row:version>/against/<row:other>/", policy_comparing.against, name="settings_policy_against"),
    path("policies/<row:version>/releases/", policy_releases.policy_releases, name="settings_policy_releases"),
    path("policies/<row:version>/publish/", policies.publish, name="settings_policy_publish"),
]
