"""docker-compose.yml, read as the compose specification reads it: merged, interpolated, and held against its rules."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.operations.machine import ROOT

# Of the specification's service attributes, the ones this project may use; a new one is added here on purpose.
SERVICE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image", "healthcheck", "restart"],
    "properties": {
        "image": {"type": "string", "pattern": "^[a-z0-9./_-]+:[A-Za-z0-9._-]+$"},
        "build": {"type": "string"},
        "command": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "environment": {
            "type": "object",
            "patternProperties": {"^[A-Z][A-Z0-9_]*$": {"type": ["string", "number", "null"]}},
            "additionalProperties": False,
        },
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["condition"],
                "properties": {
                    "condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]},
                    "restart": {"type": "boolean"},
                    "required": {"type": "boolean"},
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "disable": {"type": "boolean"},
                "test": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 2,
                    "prefixItems": [{"const": "CMD"}],
                },
                "interval": {"$ref": "#/$defs/duration"},
                "timeout": {"$ref": "#/$defs/duration"},
                "start_period": {"$ref": "#/$defs/duration"},
                "retries": {"type": "integer", "minimum": 1},
            },
            "oneOf": [{"required": ["test"]}, {"required": ["disable"]}],
        },
        "restart": {"type": "string", "pattern": "^(no|always|unless-stopped|on-failure(:[0-9]+)?)$"},
        "ports": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "volumes": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "tmpfs": {"type": "array", "items": {"type": "string", "pattern": "^/"}},
        "cap_drop": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "security_opt": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "init": {"type": "boolean"},
        "read_only": {"type": "boolean"},
        "shm_size": {"type": ["string", "integer"]},
        "stop_grace_period": {"$ref": "#/$defs/duration"},
    },
}

RULES: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {
            "type": "object",
            "patternProperties": {"^[a-zA-Z0-9._-]+$": SERVICE},
            "additionalProperties": False,
        },
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    },
    "$defs": {"duration": {"type": "string", "pattern": "^([0-9]+(us|ms|s|m|h))+$"}},
}

# What has to be given before anything starts.
GIVEN = {
    "SECRET_KEY": "k" * 50,
    "POSTGRES_PASSWORD": "pw",
    "ALLOWED_HOSTS": "throughline.example.org",
    "EMAIL_URL": "smtp://127.0.0.1:2525",
}

# $$ stands for a dollar sign; ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:?message}, ${NAME?message}
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<kind>:?[-?+])(?P<word>[^}]*))?\})")


def raw() -> dict[str, Any]:
    """The file with anchors and merges resolved, and its variables still in it."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def variables(text: str) -> Iterator[tuple[str, str, str]]:
    """Name, kind of interpolation and its word, of every variable in a text."""
    for match in VARIABLE.finditer(text):
        if match["name"]:
            yield match["name"], match["kind"] or "", match["word"] or ""


def interpolate(value: Any, environment: Mapping[str, str]) -> Any:
    """The value with its variables replaced. Raises KeyError naming a variable that is needed and not given."""
    if isinstance(value, dict):
        return {key: interpolate(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolate(item, environment) for item in value]
    return VARIABLE.sub(lambda match: _replacement(match, environment), value) if isinstance(value, str) else value


def _replacement(match: re.Match[str], environment: Mapping[str, str]) -> str:
    if match["dollar"]:
        return "$"
    given = environment.get(match["name"])
    kind, word = match["kind"] or "", match["word"] or ""
    missing = given is None or (kind.startswith(":") and not given)
    if missing and kind.endswith("?"):
        raise KeyError(match["name"])
    if missing and kind.endswith("-"):
        return word
    return given or ""
