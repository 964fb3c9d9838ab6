"""How the REST API's answers are declared, written and read: one declaration for the service and its clients.

An answer is a frozen dataclass. Its JSON has the fields' names in camelCase, leaves out what is None, and always has
its lists. No pydantic here: the function that inspects photos answers without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, dataclass_transform

_Answer = TypeVar("_Answer")


@cache
def camel_case(name: str) -> str:
    """A field's name as JSON has it: `photo_id` -> `photoId`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def answer(declared: type[_Answer]) -> type[_Answer]:
    """The class as a frozen dataclass that pydantic reads, and describes, by its camelCase names.

    Unknown fields are an error, so that an answer holds what is documented; clients read with `extra="ignore"`.
    """
    declared.__pydantic_config__ = {"extra": "forbid", "alias_generator": camel_case, "populate_by_name": True}  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True)(declared)


def to_json(value: Any) -> Any:
    """An answer, or anything made of answers, as `json.dumps` takes it."""
    if is_dataclass(value) and not isinstance(value, type):
        found = ((camel_case(one.name), getattr(value, one.name)) for one in fields(value))
        return {name: to_json(held) for name, held in found if held is not None}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: to_json(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(held) for held in value]
    return value


def changes_to_json(value: Any, default: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from those of its `default`, as `to_json` writes them. Of a dataclass where
    the default has none: what differs from its own defaults."""
    changed: dict[str, Any] = {}
    for one in fields(value):
        held, usual = getattr(value, one.name), getattr(default, one.name)
        if held != usual:
            if is_dataclass(held) and not isinstance(held, type):
                changed[camel_case(one.name)] = changes_to_json(held, type(held)() if usual is None else usual)
            elif isinstance(held, tuple) and held and is_dataclass(held[0]):
                changed[camel_case(one.name)] = [changes_to_json(each, type(each)()) for each in held]
            else:
                changed[camel_case(one.name)] = to_json(held)
    return changed
