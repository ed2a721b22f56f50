"""The parts that operations of the OpenAPI description share, and how it names and groups them."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from tracker.api.shapes import ProblemShape
from tracker.problems import MEDIA_TYPE

PAGING: Final = [
    OpenApiParameter("limit", int, description="Rows of one page: 1 to 200, 50 unless said otherwise."),
    OpenApiParameter("after", str, description="Where the page begins; `next` of the page before has it."),
]
FIELDS: Final = OpenApiParameter("fields", str, description="Only these fields, with commas between them.")
KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key and request again within 24 hours gives the first answer, and does nothing more.",
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag that you read."
)
_REFUSALS: Final = {
    400: "What was sent cannot be read.",
    401: "No token, or one that opens nothing.",
    403: "The role or the token does not include this.",
    404: "There is no such thing, or it is not open to you.",
    405: "Not possible at this address.",
    406: "Only JSON is spoken here.",
    409: "Somebody was faster, or the release has moved.",
    412: "It has changed since it was read.",
    413: "The body is too big.",
    415: "Only JSON is read here.",
    422: "A field cannot be used, or a gate is shut; `errors` names each.",
    428: "If-Match is missing.",
}
_ON_CHANGE: Final = {409, 412, 413, 415, 428}


@cache
def pages(shape: type[serializers.Serializer[Any]]) -> Any:
    """The schema of one page of these."""
    name = shape.__name__.removesuffix("Shape")
    return inline_serializer(
        f"{name}Page",
        {
            "results": shape(many=True),
            "next": serializers.URLField(allow_null=True, help_text="The next page; null on the last."),
        },
    )


class Schema(AutoSchema):
    """Groups by the first part of the address, and tells of every refusal."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return name.removesuffix("Shape")

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        said: dict[str, Any] = super()._get_response_bodies(direction)
        for status, words in _REFUSALS.items():
            if status not in _ON_CHANGE or self.method != "GET":
                problem = OpenApiResponse(ProblemShape, description=words)
                told: Any = self._get_response_for_code(  # type: ignore[no-untyped-call]  # the library says no types
                    problem, str(status), [MEDIA_TYPE], direction
                )
                said[str(status)] = told
        return said
