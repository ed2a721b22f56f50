"""API tokens: one's own, made, shown once and revoked; administrators see and revoke everybody's."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.errors import Invalid, NotFound
from models_registry.models import Person, Team
from tracker.tokens import LONGEST_LIFE, ApiToken, Scope, issue_token, revoke_token, tokens_of
from tracker.web.listing import paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.sections import frame, typed
from tracker.web.viewer import reader

_USUAL_LIFE = timedelta(days=90)


class TokenForm(forms.Form):
    """What a new token is for, what it may do, and until when."""

    name = forms.CharField(max_length=80, label="What will use it", help_text="For example: training pipeline.")
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        label="It may",
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ],
        help_text="Bring in: models, versions, briefs, evidence. Act: move, own, hold and decide releases.",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(),
        required=False,
        label="Only for these teams",
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: whatever you may see.",
    )
    last_day = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: QueryDict | None = None, *, person: Person) -> None:
        super().__init__(data, initial={"last_day": timezone.localdate() + _USUAL_LIFE})
        self.fields["last_day"].help_text = f"At most {LONGEST_LIFE.days} days from today."
        teams, scopes = self.fields["teams"], self.fields["scopes"]
        assert isinstance(teams, forms.ModelMultipleChoiceField)
        assert isinstance(scopes, forms.MultipleChoiceField)
        mine = [one.team_id for one in permissions.memberships_of(person)]
        teams.queryset = Team.objects.filter(pk__in=mine) if mine else Team.objects.none()
        if not permissions.allows(permissions.administer, person):
            scopes.choices = [choice for choice in Scope.choices if choice[0] != Scope.ADMIN]

    def facts(self) -> dict[str, Any]:
        """What `issue_token` takes: it ends with the last day."""
        said = self.cleaned_data
        end = datetime.combine(said["last_day"] + timedelta(days=1), time(), tzinfo=timezone.get_current_timezone())
        return {
            "name": said["name"],
            "scopes": said["scopes"],
            "teams": list(said["teams"]),
            "expires_at": min(end, timezone.now() + LONGEST_LIFE),
        }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponseBase:
    """The tokens, and the form that makes one. Its text is in this one answer and nowhere else."""
    actor, now = reader(request), timezone.now()
    form, text, status = TokenForm(typed(request), person=actor), "", 200
    if request.method == "POST" and form.is_valid():
        try:
            _, text = issue_token(actor, **form.facts())
        except Invalid as refusal:
            show_problems(form, refusal)
            if "expires_at" in form.errors:
                form.add_error("last_day", form.errors.pop("expires_at"))
        else:
            form = TokenForm(person=actor)
    listing = paginate(request, _shown(actor))
    context = {
        **frame(request, "settings_tokens"),
        "tokens": listing,
        "everybodys": permissions.allows(permissions.administer, actor),
        "text": text,
        "now": now,
    }
    return page(request, "settings/tokens.html", context, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: HttpRequest, token: int) -> HttpResponse:
    """End one at once, after asking."""
    actor = reader(request)
    found = _shown(actor).filter(pk=token).first()
    if found is None:
        raise NotFound
    if request.method == "POST":
        revoke_token(actor, found.pk)
        return done(request, to=reverse("settings_tokens"), message=f"{found.name} opens nothing any more.")
    return page(request, "settings/token_revoke.html", {**frame(request, "settings_tokens"), "token": found})


def _shown(actor: Person) -> QuerySet[ApiToken]:
    mine = ApiToken.objects.all() if permissions.allows(permissions.administer, actor) else tokens_of(actor)
    return mine.select_related("person").prefetch_related("teams")
