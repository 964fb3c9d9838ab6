"""DynamoDB items to plain Python and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from backdrop.core import clock

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()

_DECIMALS = 6
"""Money and shares need no more; DynamoDB takes no binary floats."""


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute values of a mapping; entries that are None are left out."""
    return {name: to_value(value) for name, value in values.items() if value is not None}


def to_value(value: object) -> Any:
    """One attribute value: `{"S": "text"}`, `{"N": "1"}`, ..."""
    if isinstance(value, float):
        value = Decimal(str(round(value, _DECIMALS)))
    return _serializer.serialize(value)


def to_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute values of an expression's placeholders."""
    return {name: to_value(value) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of an item; whole numbers become int, others float."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def expiry(created_at: str, lifetime: timedelta) -> int:
    """Return `ExpiresAt`: when a row that was made at `created_at` (ISO) may go, epoch seconds."""
    return int((clock.parse(created_at) + lifetime).timestamp())


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
