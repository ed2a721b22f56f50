"""A policy as a YAML file: any version out, and a text in as the draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.models import Policy
from governance.policy import PolicyProblem
from governance.policy_yaml import MOST_CHARACTERS, read_policy
from governance.policy_yaml_writing import write_policy
from tracker.web.pages import done, page
from tracker.web.settings.policy_general import note_field
from tracker.web.settings.policy_versions import Saved, drafting, policy_of, save, start
from tracker.web.settings.sections import seen_mark, typed
from tracker.web.viewer import reader

SHOWN = 20
"""Problems that are told at once; who mends these sees the next."""


@require_safe
def policy_yaml(request: HttpRequest, version: int) -> HttpResponse:
    """One version as a file."""
    found = policy_of(version)
    answer = HttpResponse(write_policy(found.rules, _title(found)), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="policy-{found.version}.yaml"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


class YamlForm(forms.Form):
    """A file, or a text that was pasted; the text of a file is shown so that it can be mended on the page."""

    note = note_field()
    file = forms.FileField(label="File", required=False, help_text="A .yaml file, up to 512 KB.")
    text = forms.CharField(label="YAML", required=False, strip=False, widget=forms.Textarea)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        note: str = "",
        text: str = "",
    ) -> None:
        self.upload, self.unread = _text_of(files.get("file") if files else None)
        if data is not None and self.upload:
            data = data.copy()
            data["text"] = self.upload
        super().__init__(data, files, initial={"note": note, "text": text})

    def clean(self) -> dict[str, object]:
        said = self.cleaned_data
        if self.unread:
            self.add_error("file", self.unread)
        elif not said.get("text", "").strip() and "text" not in self.errors:
            self.add_error("text", "Choose a file, or paste the policy here.")
        elif "text" in said:
            try:
                said["rules"] = read_policy(said["text"])
            except PolicyProblem as found:
                self._tell(found)
        return said

    def _tell(self, found: PolicyProblem) -> None:
        for problem in found.problems[:SHOWN]:
            what = f"{problem.path} " if problem.path else "It "
            self.add_error("text", f"Line {problem.line}: {what}{problem.message}.")
        if len(found.problems) > SHOWN:
            self.add_error("text", f"And {len(found.problems) - SHOWN} more.")


def _text_of(file: Any) -> tuple[str, str]:
    """The text of an uploaded file, and why it cannot be read."""
    if file is None:
        return "", ""
    if (file.size or 0) > 4 * MOST_CHARACTERS:
        return "", "The file is larger than 512 KB, and no policy is."
    try:
        return file.read().decode("utf-8-sig").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return "", "This is not UTF-8 text: save the file as UTF-8 and send it again."


@require_http_methods(["GET", "HEAD", "POST"])
def policy_import(request: HttpRequest) -> HttpResponse:
    """Read a YAML text into the draft, or name every problem by its line and keep the text."""
    permissions.write_policy(reader(request))
    begun = start()
    files = request.FILES if request.method == "POST" else None
    form = YamlForm(typed(request), files, note=begun.note, text=write_policy(begun.rules, _source(begun.source)))
    saved = Saved(None, 200, seen_mark(request, begun.mark))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        saved = save(request, form, begun, said["rules"], said["note"], place=lambda path: "text", beside=False)
        if saved.draft:
            to = reverse("settings_policy", args=[saved.draft.version])
            return done(request, to=to, message=f"{saved.draft} is a draft, as the file says.")
    context = {**drafting(request, begun, "import"), "seen": saved.seen}
    return page(request, "settings/policy_import.html", context, form=form, status=saved.status)


def _source(policy: Policy | None) -> str:
    return _title(policy) if policy else "The policy that Throughline ships with"


def _title(policy: Policy) -> str:
    return f"{policy}: {policy.note}" if policy.note else str(policy)
