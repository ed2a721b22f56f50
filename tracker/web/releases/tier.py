"""Lower the risk tier of a model, as a compliance officer."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.tiers import lower_tier
from governance.errors import Conflict, Invalid, NotFound
from governance.four_eyes import hand_in
from governance.permissions import visible_models
from governance.tiering import rank
from models_registry.models import RegisteredModel
from models_registry.vocabulary import RiskTier
from tracker.tier_origin import tier_origin
from tracker.web.pages import done, page, show_problems
from tracker.web.releases.moves_forms import LONGEST
from tracker.web.releases.subject import CONFLICT, came_from, expected_state, posted
from tracker.web.viewer import reader


class LowerForm(forms.Form):
    """The tier that the model should have, and why."""

    tier = forms.ChoiceField(
        label="Risk tier",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the tier that it should have."},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST,
        widget=forms.Textarea,
        help_text="Why the answers ask for too much here. It stays with the model, and the auditor reads it.",
        error_messages={"required": "Say why the tier is too high for this model; the auditor reads it."},
    )

    def offer(self, model: RegisteredModel) -> None:
        field = self.fields["tier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(tier.value, tier.label) for tier in RiskTier if rank(tier) < rank(model.risk_tier)]


@require_http_methods(["GET", "HEAD", "POST"])
def tier_lower(request: HttpRequest, slug: str) -> HttpResponse:
    """What the tier rests on, and the form that lowers it."""
    person = reader(request)
    model = visible_models(person).filter(slug=slug).select_related("team").first()
    if model is None:
        raise NotFound
    permissions.lower_tier(person, model)
    back = came_from(request, reverse("model", args=[slug]))
    form, status = LowerForm(posted(request)), 200
    form.offer(model)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            lower_tier(person, model.pk, said["tier"], said["reason"], expected=expected_state(request))
        except (Invalid, Conflict) as refusal:
            show_problems(form, refusal)
            status = CONFLICT if isinstance(refusal, Conflict) else 200
        else:
            tier = RiskTier(said["tier"]).label.lower()
            return done(request, to=back, message=f"{model.name} stands at {tier} risk from its next stage on.")
    context = {
        "model": model,
        "back": back,
        "expected": model.updated_at.isoformat(),
        "origin": tier_origin(model),
        "lowest": rank(model.risk_tier) == 0,
        "tied": hand_in(person, model),
    }
    return page(request, "releases/tier_lower.html", context, form=form, status=status)
