"""Restart: stream positions that outlive the records they point at; saving: by the quick encoder.

MiniStack saves the positions of event source mappings but not the stream's records, so that after a restart
the first records of a table were skipped. A mapping with TRIM_HORIZON reads from the start of what there is.

It saves by `json.dump`, which encodes in Python, value by value, and took a tenth of the emulator's time.
"""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, TextIO

from localcloud.emulator import upstream

# Format, a service's stores, a store's mark, its rows: each is encoded by itself, as the interpreter does nothing else
# meanwhile; a row with more parts than this in pieces.
_LEVELS, _LONG = 4, 500


def install() -> None:
    """Do not restore positions in DynamoDB streams; encode saved state in large pieces."""
    service, core = upstream.lambda_service, upstream.persistence
    upstream.expect_attributes(service, "_restore_esm_positions", "_dynamodb_stream_positions")
    stock_restore = service._restore_esm_positions

    def restore(store: Any, positions: Any) -> None:
        if store is not service._dynamodb_stream_positions:
            stock_restore(store, positions)

    service._restore_esm_positions = restore
    upstream.expect(core.json is json, f"{core.__name__} saves otherwise")
    core.json = SimpleNamespace(load=json.load, dump=dump, JSONDecodeError=json.JSONDecodeError)


def dump(value: Any, file: TextIO, *, default: Callable[[Any], Any]) -> None:
    """Write what `json.dump` writes."""
    encoder = json.JSONEncoder(default=default)
    for piece in _pieces(value, encoder, _LEVELS):
        file.write(piece)


def _pieces(value: Any, encoder: json.JSONEncoder, levels: int) -> Iterator[str]:
    """The text of a value, of its parts one by one as far as `levels` go down."""
    if levels and not isinstance(value, (dict, list, str, int, float, tuple, type(None), bytes, bytearray)):
        value = encoder.default(value)
    if not levels and _is_long(value):
        levels = 2
    if not levels or not value or not isinstance(value, (dict, list)):
        yield encoder.encode(value)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield ", " if number else "["
            yield from _pieces(one, encoder, levels - 1)
        yield "]"
    elif all(isinstance(key, str) for key in value):
        for number, (key, one) in enumerate(value.items()):
            yield f"{', ' if number else '{'}{encoder.encode(key)}: "
            yield from _pieces(one, encoder, levels - 1)
        yield "}"
    else:  # keys that JSON has not are made strings by the encoder
        yield encoder.encode(value)


def _is_long(row: Any) -> bool:
    """Whether a part of the row is long, as a Map Run's children are."""
    return isinstance(row, dict) and any(isinstance(part, list) and len(part) > _LONG for part in row.values())
