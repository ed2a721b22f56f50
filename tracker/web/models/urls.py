"""Addresses of this area."""

from django.urls import path

from tracker.web.models.exports import bom_json, card_md, pack_pdf, pack_zip
from tracker.web.models.new import model_new
from tracker.web.models.page import model
from tracker.web.models.registry import models

urlpatterns = [
    path("", models, name="models"),
    path("new/", model_new, name="model_new"),
    path("<slug:slug>/", model, name="model"),
    path("<slug:slug>/releases/<row:number>/pack.pdf", pack_pdf, name="pack_pdf"),
    path("<slug:slug>/releases/<row:number>/pack.zip", pack_zip, name="pack_zip"),
    path("<slug:slug>/releases/<row:number>/card.md", card_md, name="card_md"),
    path("<slug:slug>/releases/<row:number>/bom.json", bom_json, name="bom_json"),
]
