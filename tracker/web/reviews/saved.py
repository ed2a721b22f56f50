"""Saved views of the queue: keep the filters of the address under a name, rename them, forget them."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from governance.errors import Conflict, Invalid
from tracker.saved_views import LONGEST_NAME, SavedView, asked_of, delete_view, rename_view, save_view, view_of
from tracker.web.pages import done, page, show_problems
from tracker.web.viewer import reader


class ViewForm(forms.Form):
    """The name of a view, and the filters that a new one keeps."""

    name = forms.CharField(max_length=LONGEST_NAME, error_messages={"required": "Give the view a name."})
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters that the queue was just shown with."""
    if request.method != "POST":
        return page(request, "reviews/view_save.html", form=ViewForm(initial={"query": request.GET.get("query", "")}))
    form, status = ViewForm(request.POST), 200
    if form.is_valid():
        try:
            view = save_view(reader(request), form.cleaned_data["name"], form.cleaned_data["query"])
        except (Conflict, Invalid) as refusal:
            show_problems(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 200
        else:
            return done(request, to=_address(view), message=f"“{view.name}” is saved.")
    return page(request, "reviews/view_save.html", form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def view_rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for a view; the page also offers to delete it."""
    view = view_of(reader(request), pk)
    form, status = ViewForm(request.POST if request.method == "POST" else None, initial={"name": view.name}), 200
    if form.is_valid():
        try:
            view = rename_view(reader(request), pk, form.cleaned_data["name"])
        except (Conflict, Invalid) as refusal:
            show_problems(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 200
        else:
            return done(request, to=_address(view), message=f"The view is called “{view.name}” now.")
    return page(request, "reviews/view_rename.html", {"view": view}, form=form, status=status)


@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view. The queue itself is as it was."""
    view = view_of(reader(request), pk)
    delete_view(reader(request), pk)
    return done(request, to=reverse("reviews"), message=f"“{view.name}” is deleted.")


def _address(view: SavedView) -> str:
    return f"{reverse('reviews')}?{asked_of(view.query)}"
