"""The events of a service as an AsyncAPI 3.0 document."""

from collections.abc import Iterable
from typing import Any

from libs.contracts.envelope import Envelope, Event

_REF = "#/components/schemas/{model}"


def document(*, service: str, says: Iterable[type[Event]], hears: Iterable[type[Event]]) -> dict[str, Any]:
    """Describe what a service says and hears: a channel a subject, a message an event."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for action, kinds in (("send", says), ("receive", hears)):
        for kind in sorted(kinds, key=lambda each: each.type_name):
            name = kind.type_name.removeprefix("events.").replace(".", "_")
            schemas[name] = _schema_of(kind)
            messages[name] = {
                "name": kind.type_name,
                "summary": (kind.__doc__ or "").strip(),
                "contentType": "application/cloudevents+json",
                "payload": {"$ref": _REF.format(model=name)},
            }
            channels[name] = {
                "address": kind.type_name,
                "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            }
            operations[f"{action}_{name}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
            }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Family Solutions Plus: {service}", "version": "1.0.0"},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _schema_of(kind: type[Event]) -> dict[str, Any]:
    envelope = Envelope.model_json_schema()
    envelope["properties"]["type"] = {"const": kind.type_name}
    envelope["properties"]["data"] = kind.model_json_schema()
    return envelope
