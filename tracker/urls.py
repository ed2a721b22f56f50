"""Where each address leads. `/healthz` and `/readyz` are answered earlier, by `tracker.health`."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path, register_converter

from tracker.admin import arrange
from tracker.web.addresses import RowNumber

# Before pages and API are read, whose addresses use it.
register_converter(RowNumber, "row")

# One sign-in door, so that one set of guards is enough.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # the documented way
arrange(admin.site)

sign_in = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

urlpatterns = [
    path("accounts/", include(sign_in)),
    path("accounts/second-factor/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("tracker.api.urls")),
    path("", include("tracker.web.urls")),
]

handler400 = "tracker.web.errors.bad_request"
handler403 = "tracker.web.errors.forbidden"
handler404 = "tracker.web.errors.not_found"
handler500 = "tracker.web.errors.failed"
