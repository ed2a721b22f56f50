"""One release whose dossier is as large as a policy allows: the review page reads all of it.

Written straight into the tables, like the portfolio that it joins; the acts are bypassed.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from bench.large_contents import ADVISERS, attach, judge, review, tell
from governance.models import Hold, Policy, PolicyStatus, StageOwnership, StageVisit
from governance.policy import DEFAULT_RULES
from models_registry.models import Brief, ModelVersion, Person, RegisteredModel, Release, RiskAssessment, Team
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.world import COMPLETE_BRIEF

CONTROLS: Final = 200
PIECES: Final = 500
SLUG: Final = "large-dossier"
_DAY: Final = timedelta(days=1)


@transaction.atomic
def fill_dossier(controls: int = CONTROLS, pieces: int = PIECES) -> int:
    """Add the release to a portfolio that is there; returns the key of its open review."""
    release, visit = _under_review(controls)
    attach(release, pieces)
    opened = review(release, visit)
    judge(opened)
    tell(release, pieces)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return opened.pk


def _under_review(controls: int) -> tuple[Release, StageVisit]:
    """The second release of a model, in compliance review under a policy with so many controls."""
    team, now = Team.objects.earliest("pk"), timezone.now()
    engineer = Person.objects.filter(memberships__team=team).order_by("pk")[1]
    about = {"team": team, "risk_tier": RiskTier.HIGH, "purpose": "Shows how large a dossier may be."}
    model = RegisteredModel.objects.create(slug=SLUG, name="A large dossier", created_by=engineer, **about)
    policy = _policy(controls)
    before, release = (Release(model=model, number=n, created_by=engineer, created_at=now - 90 * _DAY) for n in (1, 2))
    for one in (before, release):
        one.candidate = ModelVersion.objects.create(
            model=model, number=one.number, uri=f"models/large/{one.number}", digest=f"sha256:{one.number:064}"
        )
        one.save()
        Brief.objects.bulk_create(
            Brief(
                release=one,
                number=n,
                content={**COMPLETE_BRIEF, "latency_ms": str(120 + n)},
                change_reason="More traffic." if n > 1 else "",
                author=engineer,
                signed_by=engineer if n < 4 else None,
                signed_at=now - (80 - n) * _DAY if n < 4 else None,
                digest=f"sha256:{n}" if n < 4 else "",
            )
            for n in range(1, 5)
        )
    RiskAssessment.objects.create(model=model, computed=RiskTier.HIGH, tier=RiskTier.HIGH, assessed_by=engineer)
    entered = now - 2 * _DAY
    for one, left in ((before, now - 40 * _DAY), (release, None)):
        visit = StageVisit.objects.create(
            release=one,
            stage=Stage.COMPLIANCE_REVIEW,
            tier=RiskTier.HIGH,
            policy=policy,
            entered_at=entered if left is None else left - 9 * _DAY,
            entered_by=engineer,
            left_at=left,
            departure="advanced" if left else "",
            stalls_at=None if left else now + 9 * _DAY,
        )
    StageVisit.objects.create(
        release=before, stage=Stage.LIVE, tier=RiskTier.HIGH, policy=policy, entered_at=now - 40 * _DAY
    )
    officer = Person.objects.filter(role="compliance_officer").order_by("pk")[1]
    StageOwnership.objects.create(visit=visit, owner=officer, since=entered, began="claimed")
    Hold.objects.create(
        visit=visit,
        reason_code="data_access",
        reason="Waiting for the grant.",
        waits_on="external",
        expected_end=now,
        started_at=entered,
        started_by=officer,
        ended_at=entered + _DAY / 2,
        ended_by=officer,
    )
    return release, visit


def _policy(controls: int) -> Policy:
    """The default rules with so many controls on top, which everything of the highest tier is judged by."""
    rules: dict[str, Any] = deepcopy(DEFAULT_RULES)
    kinds = list(EvidenceKind)
    rules["controls"] = {
        f"control-{n:03}": {
            "title": f"Control {n} of the catalogue",
            "question": "Is what the clause asks for shown for everybody whom the model decides about, and up to date?",
            "evidence": [kinds[n % len(kinds)].value],
            "references": [{"framework": "eu-ai-act", "clause": f"Article {9 + n % 7}({1 + n % 5})"}],
        }
        for n in range(controls)
    }
    rules["tiers"]["high"]["validation"]["controls"] = list(rules["controls"])
    rules["tiers"]["high"]["compliance_review"]["feedback"] = [ADVISERS]
    latest = Policy.objects.latest("version")
    return Policy.objects.create(
        version=latest.version + 1, rules=rules, status=PolicyStatus.PUBLISHED, published_at=timezone.now()
    )
