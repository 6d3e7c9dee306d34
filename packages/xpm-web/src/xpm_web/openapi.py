"""The OpenAPI document, made from the types that check the requests."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import msgspec

from xpm_web.__about__ import __version__
from xpm_web.answers import EventData, Problem
from xpm_web.api import OPERATIONS, Operation
from xpm_web.asks import EventsAsk
from xpm_web.problems import CONTENT_TYPE
from xpm_workspace.records import LogPart

#: Root of the API.
ROOT = "/api/v1"

_REFERENCE = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """Return the document."""
    types = [Problem, EventData, *(op.answer for op in OPERATIONS)]
    types += [op.body for op in OPERATIONS if op.body is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    components.pop("LogPart")
    of = {str(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, of)
    paths["/events"] = {"get": _events()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Experimaestro: a workspace",
            "version": __version__,
            "description": "Looks into a workspace and acts on it. Times are UTC. The token is that of the "
            "printed link, which browsers exchange for a cookie.",
        },
        "servers": [{"url": ROOT}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, of: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation.ask, operation.path),
        "responses": {"200": _answer(operation, of), **_problems(operation.method)},
    }
    if operation.body is not None:
        content = {"application/json": {"schema": of[str(operation.body)]}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _parameters(ask: type[msgspec.Struct], path: str) -> list[dict[str, Any]]:
    _, components = msgspec.json.schema_components([ask], ref_template=_REFERENCE)
    in_path = re.findall(r"{(\w+)}", path)
    schema = components[ask.__name__]
    return [
        {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in schema.get("required", ()),
            "schema": _without_null(field),
        }
        for name, field in schema["properties"].items()
    ]


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A parameter of a query is absent, never null."""
    if "anyOf" not in field:
        return field
    (kind,) = [choice for choice in field["anyOf"] if choice.get("type") != "null"]
    return {"description": field.get("description", ""), **kind}


def _answer(operation: Operation, of: dict[str, Any]) -> dict[str, Any]:
    if operation.answer is not LogPart:
        return {
            "description": "As asked.",
            "content": {"application/json": {"schema": of[str(operation.answer)]}},
        }
    return {
        "description": "Bytes of the file.",
        "headers": {
            "X-Log-Offset": {"description": "Where they begin.", "schema": {"type": "integer"}},
            "X-Log-Size": {"description": "Size of the whole log.", "schema": {"type": "integer"}},
        },
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }


def _problems(method: str) -> dict[str, Any]:
    statuses = [HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND]
    if method == "POST":
        statuses += [
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        ]
    schema = {"$ref": _REFERENCE.format(name="Problem")}
    return {
        str(status.value): {
            "description": status.phrase,
            "content": {CONTENT_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def _events() -> dict[str, Any]:
    description = "Server-Sent Events: `changes`, whose data is an `EventData` and whose id is a position."
    schema = {"type": "string", "description": "EventData, in each event."}
    return {
        "operationId": "watch",
        "summary": "What changes, as it does.",
        "description": description,
        "parameters": _parameters(EventsAsk, "/events"),
        "responses": {
            "200": {"description": description, "content": {"text/event-stream": {"schema": schema}}},
            **_problems("GET"),
        },
    }
