"""Whether a value fits a schema of ours, in the few words of JSON Schema that our schemas use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def fits(value: object, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> bool:
    """Whether a value fits; words of JSON Schema other than those used here are not looked at."""
    root = schema if root is None else root
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema and not any(fits(value, one, root) for one in schema["anyOf"]):
        return False
    if not _simple(value, schema):
        return False
    if isinstance(value, dict):
        return _object(value, schema, root)
    if isinstance(value, list) and "items" in schema:
        return all(fits(one, schema["items"], root) for one in value)
    return True


def _simple(value: object, schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    return not (isinstance(value, int | float) and value < schema.get("minimum", value))


def _is(value: object, kind: str) -> bool:
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()  # 1.0 is an integer in JSON Schema
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _object(value: Mapping[str, object], schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    properties = schema.get("properties", {})
    if any(name not in value for name in schema.get("required", ())):
        return False
    more = schema.get("additionalProperties", True)
    for name, part in value.items():
        if name in properties:
            if not fits(part, properties[name], root):
                return False
        elif more is False or (isinstance(more, dict) and not fits(part, more, root)):
            return False
    return True
