"""Signing a decision: the password or the second factor once more, counted as a sign-in is, and what it means."""

from __future__ import annotations

from typing import Final

from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from governance.acts.reviews import Signature
from models_registry.models import Person

MEANING: Final = (
    "I have read the dossier as it stands and looked at every control, and I answer for this decision with my name."
)
PASSWORD, CODE = "password", "totp"


class SignatureForm(forms.Form):
    """What the policy asks of a decision at this tier. Neither secret is ever shown or kept."""

    meaning = forms.CharField(
        max_length=400, initial=MEANING, error_messages={"required": "Say what your signature means."}
    )
    password = forms.CharField(
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        required=False,
        max_length=10,
        label="Code of your authenticator",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, data: object = None, *, second_factor: bool = False) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the request's own data
        self.second_factor = second_factor
        del self.fields[PASSWORD if second_factor else "code"]
        self.secret = "code" if second_factor else PASSWORD

    def signature(self, request: HttpRequest, person: Person) -> Signature | None:
        """The signature, or None with the reason at its field: the form was not valid, or the secret is not theirs."""
        if not self.is_valid():
            return None
        given = str(self.cleaned_data[self.secret])
        if not given:
            what = "the code of your authenticator" if self.second_factor else "your password once more"
            self.add_error(self.secret, f"Give {what}: the policy asks for a signature.")
            return None
        if not (_is_code(request, person, given) if self.second_factor else _is_password(request, person, given)):
            self.add_error(self.secret, "This code is not right." if self.second_factor else "This is not right.")
            return None
        return Signature(CODE if self.second_factor else PASSWORD, self.cleaned_data["meaning"])


def _is_password(request: HttpRequest, person: Person, given: str) -> bool:
    """As the sign-in asks: a wrong one counts against the same limit, and past it no right one helps."""
    return authenticate(request, email=person.email, password=given) == person


def _is_code(request: HttpRequest, person: Person, given: str) -> bool:
    tried = {"email": person.email}
    if not AxesProxyHandler.is_allowed(request, tried):
        return False
    factor = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
    if factor is not None and factor.wrap().validate_code(given.replace(" ", "")):
        factor.record_usage()
        return True
    user_login_failed.send(sender=__name__, credentials=tried, request=request)
    return False
