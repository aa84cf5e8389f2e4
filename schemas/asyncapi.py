"""The contract as an AsyncAPI 3 document: channels, who sends what, and every payload as JSON Schema.

The payloads on the wire are Avro, framed and mostly sealed; their JSON Schema here says the same fields, types and
caps for tools that do not read Avro, and points at the released `.avsc` that is binding. The document is a function
of the sources. It speaks of the application `Homeward`: what an agency sends, it receives.
"""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from schemas.catalogue import CONTROL, INHERIT
from schemas.sources import Schema, released, sources, travelling_records

Block = dict[str, Any]
"""A block of the document; AsyncAPI's own shape."""

VERSION: Final = "1.0.0"
"""Version of the document's own layout; each schema has its own."""

_CHANNELS: Final = {
    "inbound": ("inbound", "agency id", "What agencies send, signed and sealed to the hub."),
    "events": ("events", "child id", "The log of record, sealed under each child's key; read by the hub only."),
    "review": ("review", "pair of claims", "Linkage decisions that a person has to make."),
    "register": ("register", "episode id", "The shared register: in clear only what narrows to no child."),
    "register.keys": ("registerKeys", "key id and subscriber", "Class keys, wrapped to one subscriber each."),
    "inbox.<agency>": ("inbox", "message id or episode id", "One agency's mailbox: receipts, notices, statements."),
    "directory": ("directory", "agency id", "Who is who, signed by the hub's trust key."),
    "quarantine": ("quarantine", "as received", "What was refused, sealed to the operators."),
    "audit": ("audit", "leaf id", "Commitments for the audit log, never data."),
    "insight": ("insight", "pseudonym", "Closed episodes, pseudonymised and banded."),
}
"""Topic of a schema -> name of its channel, key of its records, what it is for."""

_SIMPLE: Final[Mapping[str, Block]] = {
    "boolean": {"type": "boolean"},
    "int": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "double": {"type": "number", "format": "double"},
    "bytes": {"type": "string", "format": "byte"},
    "string": {"type": "string"},
}
_LOGICAL: Final[Mapping[str, Block]] = {
    "timestamp-millis": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "uuid": {"type": "string", "format": "uuid"},
}
_HEADERS: Final[Mapping[str, str]] = {
    "ce_specversion": "Always 1.0.",
    "ce_id": "Id of the message: a UUIDv7 of the sender, or derived by the hub.",
    "ce_type": "Name of the record.",
    "ce_source": "Agency id of the sender.",
    "ce_time": "When the sender made the message.",
    "ce_keyid": "Id of the key that signed it.",
    "ce_commitment": "SHA-256 of the plaintext, in hexadecimal.",
    "content-type": "How the value is packed: sealed, sealed at rest, or framed Avro.",
    "signature": "Ed25519 over topic, key, every ce_ header, content type and the digest of the value, in hexadecimal.",
    "ce_subject": "What the message is about, where it may be said in clear.",
    "ce_sequence": "Running number under that key.",
    "ce_previous": "Digest of the message before it under that key.",
}
_OPTIONAL_HEADERS: Final = ("ce_subject", "ce_sequence", "ce_previous")
_SEALED: Final = "application/vnd.homeward.sealed"
_AT_REST: Final = "application/vnd.homeward.at-rest"
_AVRO: Final = "application/vnd.confluent.avro"
_CONTENT_TYPES: Final[Mapping[str, str]] = {
    "inbound": _SEALED,
    "inbox.<agency>": _SEALED,
    "quarantine": _SEALED,
    "events": _AT_REST,
}
"""How the values of a topic are packed; framed Avro where nothing stands here."""


def document() -> str:
    """The whole document as YAML."""
    head = "# Written by python -m schemas.reference from schemas/avro/.\n"
    return head + yaml.safe_dump(_document(), sort_keys=False, allow_unicode=True, width=110)


def _document() -> Block:
    topics = {
        topic: [name for name in travelling_records() if sources()[name]["topic"] == topic] for topic in _CHANNELS
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Homeward",
            "version": VERSION,
            "description": "How agencies tell one another that a child is missing, found or home again.",
        },
        "defaultContentType": _AVRO,
        "servers": {
            "hub": {
                "host": "{broker}:9093",
                "protocol": "kafka-secure",
                "description": "Kafka over mutual TLS; the certificate's name is the agency.",
                "variables": {"broker": {"default": "127.0.0.1", "description": "Host of the hub's broker."}},
                "security": [{"$ref": "#/components/securitySchemes/certificate"}],
            }
        },
        "channels": {_CHANNELS[topic][0]: _channel(topic, names) for topic, names in topics.items()},
        "operations": {_operation_name(topic): _operation(topic) for topic in topics},
        "components": {
            "messages": {name: _message(name) for names in topics.values() for name in names},
            "schemas": {
                "Headers": _headers(),
                **{name: _json_schema(name, schema) for name, schema in sources().items()},
            },
            "securitySchemes": {"certificate": {"type": "X509", "description": "One certificate per installation."}},
        },
    }


def _channel(topic: str, names: list[str]) -> Block:
    name, _, text = _CHANNELS[topic]
    channel: Block = {
        "address": topic.replace("<", "{").replace(">", "}"),
        "title": name,
        "description": text,
        "messages": {record: {"$ref": f"#/components/messages/{record}"} for record in names},
    }
    if "<" in topic:
        channel["parameters"] = {"agency": {"description": "Agency id, for example E08000005."}}
    return channel


def _operation_name(topic: str) -> str:
    name = _CHANNELS[topic][0]
    return f"{'receive' if topic == 'inbound' else 'send'}{name[0].upper()}{name[1:]}"


def _operation(topic: str) -> Block:
    return {
        "action": "receive" if topic == "inbound" else "send",
        "channel": {"$ref": f"#/channels/{_CHANNELS[topic][0]}"},
        "summary": _CHANNELS[topic][2],
    }


def _message(name: str) -> Block:
    schema = sources()[name]
    block: Block = {
        "name": name,
        "title": name,
        "summary": schema["doc"],
        "contentType": _CONTENT_TYPES.get(schema["topic"], _AVRO),
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": _CHANNELS[schema["topic"]][1]}}},
        "x-avro-schema": f"schemas/released/{name}.{released()[name][-1].version}.avsc",
    }
    if "sent_by" in schema:
        block["x-sent-by"] = schema["sent_by"]
    return block


def _headers() -> Block:
    return {
        "type": "object",
        "description": "CloudEvents 1.0, binary mode, with the hub's extensions.",
        "required": [name for name in _HEADERS if name not in _OPTIONAL_HEADERS],
        "properties": {name: {"type": "string", "description": text} for name, text in _HEADERS.items()},
    }


def _json_schema(name: str, schema: Schema) -> Block:
    if schema["type"] == "enum":
        return {"type": "string", "title": name, "description": schema["doc"], "enum": schema["symbols"]}
    required = [field["name"] for field in schema["fields"] if "default" not in field]
    block: Block = {
        "type": "object",
        "title": name,
        "description": schema["doc"],
        "properties": {field["name"]: _property(field) for field in schema["fields"]},
        "additionalProperties": False,
    }
    return block | ({"required": required} if required else {})


def _property(field: Schema) -> Block:
    disclosure = {INHERIT: "holder", CONTROL: "control"}.get(field["class"], field["class"])
    notes = {"description": field["doc"], "x-class": disclosure}
    match field["type"]:
        case {"type": "array", "items": items}:
            return {"type": "array", "maxItems": field["cap"], "items": _value(items, field.get("item_cap"))} | notes
        case ["null", inner]:
            return {"oneOf": [{"type": "null"}, _bounded(inner, field)]} | notes
        case inner:
            value = _bounded(inner, field)
            return ({"allOf": [value]} if "$ref" in value else value) | notes


def _bounded(inner: Schema, field: Schema) -> Block:
    value = _value(inner, field.get("cap"))
    if "range" in field:
        value |= {"minimum": field["range"][0], "maximum": field["range"][1]}
    return value


def _value(schema: Schema, cap: int | None) -> Block:
    if isinstance(schema, dict):
        return dict(_LOGICAL[schema["logicalType"]])
    if schema not in _SIMPLE:
        return {"$ref": f"#/components/schemas/{schema}"}
    return dict(_SIMPLE[schema]) | ({} if cap is None else {"maxLength": cap})
