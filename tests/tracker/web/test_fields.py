"""Forms on a page: the control, what it is described by, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.template import Context, Template

from governance.errors import Conflict, Invalid, invalid
from models_registry.requirements import FieldProblem
from tracker.web.fields import control, problems
from tracker.web.pages import show_problems


class Brief(forms.Form):
    name = forms.CharField(label="Model name", help_text="lowercase, hyphens")
    mode = forms.ChoiceField(choices=[("o", "Online"), ("b", "Batch")], widget=forms.RadioSelect)
    schema = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), required=False)
    agreed = forms.BooleanField(required=False)
    visit = forms.IntegerField(widget=forms.HiddenInput, required=False)


def field(form: forms.Form, name: str, **options: Any) -> str:
    source = "{% for f in form %}{% if f.name == name %}<c-field :field='f' " + " ".join(
        f'{key}="{value}"' for key, value in options.items()
    )
    from django.template import engines
    from django_cotton.compiler_regex import CottonCompiler

    compiled = CottonCompiler().process(source + " />{% endif %}{% endfor %}")
    engine = engines["django"].engine  # type: ignore[attr-defined]  # the Django engine, not Jinja's
    return str(Template(compiled, engine=engine).render(Context({"form": form, "name": name})))


def test_a_sound_field_is_named_and_described_by_its_hint_alone() -> None:
    html = field(Brief(), "name")
    assert '<label class="form-label" for="id_name">Model name' in html
    assert 'aria-describedby="id_name-hint"' in html
    assert "aria-invalid" not in html


def test_a_wrong_field_says_so_to_everybody_and_keeps_what_was_typed() -> None:
    form = Brief({"name": "<script>alert(1)</script>", "mode": "z"})
    form.is_valid()
    show_problems(form, invalid("name", "Use lowercase letters."))
    html = field(form, "name")
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name-hint id_name-err0"' in html
    assert 'id="id_name-err0"' in html
    assert "Use lowercase letters." in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_choices_are_a_named_group() -> None:
    html = field(Brief(), "mode")
    assert html.count('type="radio"') == 2
    assert "<fieldset" in html
    assert "<legend" in html


def test_the_editor_marks_the_line_of_the_error() -> None:
    form = Brief({"name": "a", "mode": "o", "schema": "{\n\n}"})
    form.is_valid()
    show_problems(form, Invalid([FieldProblem("schema", "Unknown keyword.", 3)]))
    html = field(form, "schema", **{"as": "editor"})
    assert "<mark>3</mark>" in html
    assert "Line 3: Unknown keyword." in html


def test_a_hidden_field_has_no_label() -> None:
    assert "<label" not in field(Brief(), "visit")


def test_the_summary_links_each_problem_to_its_control_and_leads_with_what_no_field_is_to_blame_for() -> None:
    form = Brief({"name": "", "mode": ""})
    form.is_valid()
    show_problems(form, Conflict("Somebody signed it meanwhile.", remedy="Reload."))
    assert [(problem.label, problem.anchor) for problem in problems(form)] == [
        ("", ""),
        ("Model name", "id_name"),
        ("Mode", "f-id_mode"),
    ]


@pytest.mark.parametrize(
    ("name", "where", "said"),
    [
        ("name", "name", "Bad."),
        ("schema.properties.a", "schema", "properties.a: Bad."),
        ("schema[2]", "schema", "[2]: Bad."),
        ("owner.live", "__all__", "owner.live: Bad."),
        ("", "__all__", "Bad."),
    ],
)
def test_a_problem_goes_to_the_nearest_field_there_is(name: str, where: str, said: str) -> None:
    form = Brief({"name": "a", "mode": "o"})
    form.is_valid()
    show_problems(form, Invalid([FieldProblem(name, "Bad.")]))
    assert list(form.errors[where]) == [said]


def test_attributes_of_the_widget_survive() -> None:
    face = control(Brief()["schema"], attrs={"rows": "9"}, classes=" mono")
    assert 'rows="9"' in face.widget
    assert "form-control mono" in face.widget
