"""The OpenAPI document as integrators read it: who may call, stable names, and a meaning for every field and code."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from libs.chassis import examples, scopes, wording
from libs.chassis.access import Grants
from libs.chassis.edge import LARGEST_BODY, MOST_KEYS
from libs.kernel.glossary import Glossary

Schemas = dict[str, dict[str, Any]]

_REFERENCE = "#/components/schemas/"
_CONVENTIONS = f"""
Every POST carries an `Idempotency-Key`; a change carries the `ETag` that was read as `If-Match`. Errors are
`application/problem+json` with a stable `type`. Lists are keyset pages: pass `next` as `after`. Times are UTC
(RFC 3339), dates are dates. Bodies hold at most {LARGEST_BODY // 1024} KiB, {MOST_KEYS:,} keys, 32 levels; pages 200 items;
lines of text 200 and notes 20,000 characters. Each operation names its permission (`x-permission`) and the roles that
hold it (`x-roles`); a token needs one of them, and one of the scopes (`x-scopes`) if it is a client's or carries scopes.
"""
_PROBLEM = {
    "type": "object",
    "description": "Why a request was refused or failed (RFC 9457).",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "description": "urn:fsp:problem:<slug>, stable"},
        "title": {"type": "string", "description": "The kind of problem in a few words"},
        "status": {"type": "integer", "description": "The HTTP status of the answer"},
        "detail": {"type": "string", "description": "What was wrong with this request; never a value that was sent"},
        "instance": {"type": "string", "description": "The correlation id of this request"},
        "errors": {
            "type": "array",
            "description": "Every fault of the request, each with its place",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body"},
                    "parameter": {"type": "string", "description": "The parameter that is wrong"},
                    "code": {"type": "string", "description": "The kind of fault, stable"},
                    "detail": {"type": "string", "description": "What would be right"},
                },
            },
        },
    },
}


_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "at+jwt",
    "description": (
        "An access token (RFC 9068), ES256 or RS256, of at most ten minutes, with this service in `aud`. A client application asks "
        "its issuer for one with `private_key_jwt`. A client's token carries `scope`: `<service>:<resource>` for all that the "
        "role grants of a resource, `<service>:<resource>.read` to read only, `*` for every resource."
    ),
}


class ClashingNames(TypeError):
    """Two different schemas would have the same name."""


def describing(app: FastAPI, *, service: str, grants: Grants, glossary: Glossary) -> Callable[[], dict[str, Any]]:
    """Return what makes the application's document, once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=_CONVENTIONS,
                routes=app.routes,
                servers=[{"url": "/"}],
            )
            components = made.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = _PROBLEM
            components["securitySchemes"] = {"token": _TOKEN}
            app.openapi_schema = _named(made)
            for operation in operations(app.openapi_schema):
                _say_who_may(operation, grants)
                _say_which_scopes(operation, service)
                _need_if_match(operation)
            wording.describe(app.openapi_schema, glossary)
            examples.exemplify(app.openapi_schema, glossary)
        return app.openapi_schema

    return document


def operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the document's operations."""
    for verbs in document["paths"].values():
        yield from verbs.values()


def _say_who_may(operation: dict[str, Any], grants: Grants) -> None:
    roles = sorted(grants[operation["x-permission"]])
    operation["x-roles"] = roles
    said = f"May be called by: {', '.join(roles)}."
    operation["description"] = "\n\n".join(filter(None, [operation.get("description"), said]))
    operation["responses"]["403"]["description"] = f"The token has none of the roles that may: {', '.join(roles)}"


def _say_which_scopes(operation: dict[str, Any], service: str) -> None:
    operation["x-scopes"] = [f"{service}:{scope}" for scope in scopes.covering(operation["x-permission"])]


def _need_if_match(operation: dict[str, Any]) -> None:
    # Optional to FastAPI, so that a request without it is answered 428 and not as a fault of what was sent.
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header" and parameter["name"].lower() == "if-match":
            strings = parameter["schema"].pop("anyOf", [])
            parameter["schema"] = {**parameter["schema"], **(strings[0] if strings else {})}
            parameter |= {"name": "If-Match", "required": True}


def _named(document: dict[str, Any]) -> dict[str, Any]:
    """Give schemas names without their module or direction; a page is named by what it holds."""
    schemas: Schemas = document["components"]["schemas"]
    names = {name: _name(name) for name in schemas}
    for name in [each for each in schemas if each != each.removesuffix("-Input").removesuffix("-Output")]:
        same = [other for other in schemas if other != name and schemas[other] == schemas[name]]
        names[name] = names[same[0]] if same else _name(re.sub("-(In|Out)put$", "", name))
    renamed: Schemas = {}
    for name, schema in schemas.items():
        if renamed.setdefault(names[name], schema) != schema:
            raise ClashingNames(f"{names[name]} means two things")
    for name, schema in renamed.items():
        if "title" in schema:
            schema["title"] = name
    document["components"]["schemas"] = renamed
    found: dict[str, Any] = _with_references(document, names)
    return found


def _name(name: str) -> str:
    if page := re.fullmatch(r"(\w+?)_(\w+)_", name):
        return f"{page[2]}{page[1]}"
    *_, module, plain = ["", *name.split("__")]
    return _singular(module) + plain


def _singular(module: str) -> str:
    one = re.sub("s$", "", re.sub("ies$", "y", module))
    return "".join(word.capitalize() for word in one.split("_"))


def _with_references(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _with_references(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_with_references(value, names) for value in part]
    if isinstance(part, str) and part.startswith(_REFERENCE):
        name = part.removeprefix(_REFERENCE)
        return _REFERENCE + names.get(name, name)
    return part
