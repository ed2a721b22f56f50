"""Models, versions, releases, briefs and evidence: read them, register them, bring them in."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.acts.briefs import save_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.intake import ModelFacts, edit_model, register_model, start_release
from governance.deadlines import rules_of
from governance.debt import debt_of
from governance.dossiers import dossier_of, report_on, with_dossier
from governance.errors import NotFound, invalid
from governance.models import AuditEvent, StageVisit
from governance.stages import advance_from
from models_registry.models import Brief, Evidence, ModelVersion, RegisteredModel, Release, Team
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage, VisitState
from tracker.api import bodies, shapes, tellings
from tracker.api.paging import Order, page_of
from tracker.api.resource import Resource, etag_of
from tracker.api.schema import FIELDS, IF_MATCH, KEY, PAGING, pages
from tracker.standing import with_standing
from tracker.tokens import Scope

_SAID = ("name", "purpose", "risk_tier", "restricted", "personal_data")
_BY_NAME, _BY_CHANGE, _BY_KEY = Order("name"), Order("updated_at", True, True), Order("pk", True)
_SEARCH = [
    OpenApiParameter("q", str, description="Part of the name."),
    OpenApiParameter("team", str, description="The team's slug."),
    OpenApiParameter("tier", str, enum=["low", "medium", "high"]),
    OpenApiParameter("tag", str, many=True, description="Every one of them."),
    OpenApiParameter("order", str, enum=["name", "-updated_at"], description="By name unless said otherwise."),
]


class Models(Resource):
    """The registry."""

    scope = Scope.INGEST

    @extend_schema(
        operation_id="models_list", parameters=[*_SEARCH, *PAGING, FIELDS], responses=pages(shapes.ModelShape)
    )
    def get(self, request: Request) -> Response:
        """Models that you may see, with where the newest release of each stands."""
        asked, found = request.query_params, tellings.with_told(self.models())
        if words := asked.get("q", "").replace("\x00", "").split():
            for word in words[:6]:
                found = found.filter(name__icontains=word)
        if team := self.asked("team"):
            found = found.filter(team__slug=team)
        if tier := self.asked("tier", tuple(RiskTier)):
            found = found.filter(risk_tier=tier)
        for tag in asked.getlist("tag")[:5]:
            found = found.filter(tags__name=tag.lower().replace("\x00", ""))
        page = page_of(request, found, _order(asked.get("order", "name")))
        newest = tellings.newest_standing(page.rows, timezone.now())
        return self.told(page.as_json(lambda one: tellings.model(one, newest.get(one.pk))))

    @extend_schema(
        operation_id="models_register",
        parameters=[KEY],
        request=bodies.NewModel,
        responses={201: shapes.ModelShape},
    )
    def post(self, request: Request) -> Response:
        """Register a model with its first release, in the brief stage, owned by whoever registers it."""

        def work() -> Response:
            said = dict(self.read(bodies.NewModel))
            slug, brief = said.pop("team"), said.pop("brief", None)
            team = Team.objects.filter(slug=slug).first()
            reach = {one.pk for one in self.token.teams.all()} if self.token else set()
            if team is None or (reach and team.pk not in reach):
                raise invalid("team", "There is no such team, or this token does not reach it.")
            release = register_model(self.person, team, _facts(said), brief=brief)
            return self._answer(release.model, 201)

        return self.once(work)

    def _answer(self, model: RegisteredModel, status: int = 200) -> Response:
        return _model_answer(self, model.slug, status)


class OneModel(Resource):
    """One model."""

    scope = Scope.INGEST

    @extend_schema(operation_id="models_read", parameters=[FIELDS], responses=shapes.ModelShape)
    def get(self, request: Request, slug: str) -> Response:
        """One model; its `ETag` is what a change asks for."""
        return _model_answer(self, slug)

    @extend_schema(
        operation_id="models_edit", parameters=[IF_MATCH], request=bodies.ModelChange, responses=shapes.ModelShape
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change what the registry says; what is left out stays. A tier is raised here and lowered by an officer."""
        model = self.model(slug)
        self.expect(etag_of("model", model.pk, model.updated_at.isoformat()))
        tags = tuple(model.tags.order_by("name").values_list("name", flat=True))
        before = {name: getattr(model, name) for name in _SAID}
        facts = _facts({**before, "tags": tags, **self.read(bodies.ModelChange)})
        edit_model(self.person, model.pk, facts, expected=model.updated_at)
        return _model_answer(self, slug)


def _model_answer(resource: Resource, slug: str, status: int = 200) -> Response:
    model = tellings.with_told(resource.models()).filter(slug=slug).first()
    if model is None:
        raise NotFound("There is no such model, or it is not open to you.")
    newest = tellings.newest_standing([model], timezone.now()).get(model.pk)
    location = f"/api/v1/models/{slug}/" if status == 201 else ""
    etag = etag_of("model", model.pk, model.updated_at.isoformat())
    return resource.told(tellings.model(model, newest), status=status, etag=etag, location=location)


def _facts(said: dict[str, Any]) -> ModelFacts:
    return ModelFacts(**{**said, "tags": tuple(said.get("tags", ()))})


def _order(said: str) -> Order:
    if said not in ("name", "-updated_at"):
        raise invalid("order", "Order by name or by -updated_at.")
    return _BY_NAME if said == "name" else _BY_CHANGE


class Versions(Resource):
    """The trained artefacts of a model."""

    @extend_schema(operation_id="versions_list", parameters=[*PAGING, FIELDS], responses=pages(shapes.VersionShape))
    def get(self, request: Request, slug: str) -> Response:
        """Versions, the newest first. A candidate is named by an act of the release."""
        rows = ModelVersion.objects.filter(model=self.model(slug)).select_related("added_by")
        page = page_of(request, rows, Order("number", True))
        return self.told(page.as_json(lambda one: tellings.version(one) or {}))


class ModelReleases(Resource):
    """The releases of a model."""

    scope = Scope.INGEST

    @extend_schema(
        operation_id="model_releases_list", parameters=[*PAGING, FIELDS], responses=pages(shapes.ReleaseShape)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Releases of one model, the newest first."""
        rows = StageVisit.objects.filter(left_at__isnull=True, release__model=self.model(slug))
        return _release_page(self, rows)

    @extend_schema(
        operation_id="model_releases_start", parameters=[KEY], request=None, responses={201: shapes.ReleaseShape}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Start a further release; its brief begins as a copy of the newest signed one."""
        return self.once(lambda: release_answer(self, start_release(self.person, self.model(slug)).pk, 201))


class Releases(Resource):
    """Releases across the registry."""

    @extend_schema(
        operation_id="releases_list",
        parameters=[
            OpenApiParameter("stage", str, enum=[stage.value for stage in Stage]),
            OpenApiParameter("state", str, enum=[state.value for state in VisitState]),
            OpenApiParameter("team", str),
            OpenApiParameter("owner", str, enum=["me", "nobody"]),
            OpenApiParameter("stalled", bool, description="Past the time budget of the stage."),
            *PAGING,
            FIELDS,
        ],
        responses=pages(shapes.ReleaseShape),
    )
    def get(self, request: Request) -> Response:
        """Releases where they stand now, the latest first."""
        rows = StageVisit.objects.filter(left_at__isnull=True, release__model__in=self.models())
        if stage := self.asked("stage", tuple(Stage)):
            rows = rows.filter(stage=stage)
        if state := self.asked("state", tuple(VisitState)):
            rows = rows.filter(state=state)
        if team := self.asked("team"):
            rows = rows.filter(release__model__team__slug=team)
        if owner := self.asked("owner", ("me", "nobody")):
            mine = {"ownerships__owner": self.person} if owner == "me" else {"ownerships__owner__isnull": True}
            rows = rows.filter(ownerships__until__isnull=True, ownerships__isnull=False, **mine)
        if self.asked("stalled", ("true", "false")) == "true":
            rows = rows.filter(state=VisitState.UNDERWAY, stalls_at__lte=timezone.now())
        return _release_page(self, rows)


class OneRelease(Resource):
    """One release."""

    @extend_schema(operation_id="releases_read", parameters=[FIELDS], responses=shapes.ReleaseShape)
    def get(self, request: Request, release: int) -> Response:
        """Where one release stands, who answers for it and what its clock says."""
        return release_answer(self, release)


def _release_page(resource: Resource, rows: Any) -> Response:
    page = page_of(resource.request, with_standing(rows).select_related("release__candidate__added_by"), _BY_KEY)
    now = timezone.now()
    return resource.told(page.as_json(lambda one: tellings.release(one.release, tellings.standing(one, now))))


def release_answer(resource: Resource, release: int, status: int = 200) -> Response:
    """The release as it stands now."""
    found = resource.release(release)
    visit = with_standing(StageVisit.objects.filter(left_at__isnull=True, release=found)).get()
    body = tellings.release(found, tellings.standing(visit, timezone.now()))
    return resource.told(body, status=status, location=f"/api/v1/releases/{found.pk}/" if status == 201 else "")


class Gate(Resource):
    """The gate that a release stands before."""

    @extend_schema(operation_id="releases_gate", responses=shapes.GateShape)
    def get(self, request: Request, release: int) -> Response:
        """Each check of the gate to the next stage, met or not, with the reason and who owes it."""
        found = self.release(release)
        visit = with_dossier(StageVisit.objects.filter(left_at__isnull=True, release=found)).get()
        dossier = dossier_of(visit)
        report = report_on(visit, dossier)
        return self.told(
            {
                "release": found.pk,
                "from_stage": visit.stage,
                "to_stage": advance_from(Stage(visit.stage)),
                "open": report.open,
                "digest": dossier.dossier_digest,
                "checks": [tellings.check(check) for check in report.checks],
            }
        )


class Debts(Resource):
    """What a release owes."""

    @extend_schema(operation_id="releases_debt", responses=shapes.CheckShape(many=True))
    def get(self, request: Request, release: int) -> Response:
        """Everything that policy and brief imply up to live: met, missing, stale or waived, and who owes it."""
        found = self.release(release)
        visit = with_dossier(StageVisit.objects.filter(left_at__isnull=True, release=found)).get()
        debt = debt_of(dossier_of(visit), rules_of(visit.policy), personal_data=found.model.personal_data)
        return Response([tellings.check(check) for check in debt.checks])


class Briefs(Resource):
    """The brief of a release."""

    scope = Scope.INGEST

    @extend_schema(operation_id="briefs_read", responses=shapes.BriefShape)
    def get(self, request: Request, release: int) -> Response:
        """The newest revision, signed or a draft; its `ETag` is what saving the draft asks for."""
        return self._answer(self.release(release))

    @extend_schema(
        operation_id="briefs_save", parameters=[IF_MATCH], request=bodies.BriefContent, responses=shapes.BriefShape
    )
    def put(self, request: Request, release: int) -> Response:
        """Save the draft as a whole. What is there must be usable; what is missing may come later."""
        found = self.release(release)
        newest = self._newest(found)
        self.expect(self._etag(newest))
        save_brief(self.person, found.pk, self.read(bodies.BriefContent)["content"], expected=newest.updated_at)
        return self._answer(found)

    def _newest(self, release: Release) -> Brief:
        return Brief.objects.select_related("signed_by").filter(release=release).order_by("-number")[0]

    def _answer(self, release: Release) -> Response:
        brief = self._newest(release)
        return self.told(tellings.brief(brief), etag=self._etag(brief))

    def _etag(self, brief: Brief) -> str:
        return etag_of("brief", brief.pk, brief.updated_at.isoformat(), brief.signed_at)


class EvidenceOf(Resource):
    """The evidence of a release."""

    scope = Scope.INGEST

    @extend_schema(
        operation_id="evidence_list",
        parameters=[OpenApiParameter("kind", str), *PAGING, FIELDS],
        responses=pages(shapes.EvidenceShape),
    )
    def get(self, request: Request, release: int) -> Response:
        """Every piece, the latest first, also those that a later one superseded."""
        later = Evidence.objects.filter(supersedes=OuterRef("pk"))
        rows = Evidence.objects.filter(release=self.release(release)).select_related("added_by", "version")
        if kind := self.asked("kind", tuple(EvidenceKind)):
            rows = rows.filter(kind=kind)
        page = page_of(request, rows.annotate(overtaken=Exists(later)), _BY_KEY)
        return self.told(page.as_json(tellings.evidence))

    @extend_schema(
        operation_id="evidence_attach",
        parameters=[KEY],
        request=bodies.NewEvidence,
        responses={201: shapes.EvidenceShape},
    )
    def post(self, request: Request, release: int) -> Response:
        """Attach one immutable record; the same content again gives the one that stands."""

        def work() -> Response:
            found = self.release(release)
            said = dict(self.read(bodies.NewEvidence))
            before = said.pop("supersedes", None)
            piece = attach_evidence(self.person, found.pk, EvidenceFacts(**said), supersedes=before)
            return self.told(tellings.evidence(piece), status=201)

        return self.once(work)


class Trail(Resource):
    """What happened to a release."""

    @extend_schema(operation_id="releases_trail", parameters=[*PAGING, FIELDS], responses=pages(shapes.TrailShape))
    def get(self, request: Request, release: int) -> Response:
        """Every act on the release, the latest first."""
        rows = AuditEvent.objects.filter(release_id=self.release(release).pk)
        return self.told(page_of(request, rows, _BY_KEY).as_json(tellings.event))


class Me(Resource):
    """Who asks."""

    @extend_schema(operation_id="me", responses=shapes.MeShape)
    def get(self, request: Request) -> Response:
        """The person behind the token or session, and what the token lets it do."""
        person = self.person
        teams = [one.team for one in person.memberships.select_related("team").order_by("team__name")]
        return self.told(
            {
                "id": person.pk,
                "name": str(person),
                "email": person.email,
                "role": person.role,
                "teams": [tellings.team(team) for team in teams],
                "scopes": list(self.token.scopes) if self.token else [],
            }
        )
