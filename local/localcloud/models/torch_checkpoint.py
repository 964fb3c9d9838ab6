"""Reads the tensors of a PyTorch checkpoint without PyTorch and without running what a pickle may contain."""

from __future__ import annotations

import collections
import io
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_DTYPES: dict[str, Any] = {"FloatStorage": np.float32, "LongStorage": np.int64}


class CheckpointError(ValueError):
    """The file is no legacy PyTorch checkpoint of plain tensors."""


@dataclass
class _Storage:
    dtype: Any
    data: Array = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read(self) -> Array:
        item = self.storage.data.itemsize
        view = np.lib.stride_tricks.as_strided(
            self.storage.data[self.offset :], self.shape, [stride * item for stride in self.strides]
        )
        return view.copy()


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


class _TensorsOnly(pickle.Unpickler):
    """Knows the three names that a state dict of tensors needs and refuses every other."""

    _allowed: dict[tuple[str, str], Callable[..., Any]] = {  # noqa: RUF012 - read only
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    }

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _DTYPES:
            return name
        try:
            return self._allowed[(module, name)]
        except KeyError:
            raise CheckpointError(f"the checkpoint names {module}.{name}, which is not allowed") from None

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, *_rest = pid
        return self.storages.setdefault(str(key), _Storage(_DTYPES[kind]))


def read_tensors(data: bytes) -> dict[str, Array]:
    """Name -> tensor of a checkpoint in PyTorch's legacy (pre-zip) format.

    Layout: three pickles (magic, protocol, system), the state dict, the list of storage keys, then each
    storage as a little-endian int64 count and its raw values. Raises CheckpointError.
    """
    stream = io.BytesIO(data)
    try:
        for _ in range(3):
            _TensorsOnly(stream).load()
        reader = _TensorsOnly(stream)
        tensors = reader.load()
        for key in _TensorsOnly(stream).load():
            storage = reader.storages[str(key)]
            (count,) = struct.unpack("<q", stream.read(8))
            storage.data = np.frombuffer(stream.read(count * np.dtype(storage.dtype).itemsize), storage.dtype, count)
    except (pickle.UnpicklingError, struct.error, EOFError, KeyError, ValueError) as error:
        raise CheckpointError(f"not a readable PyTorch checkpoint: {error}") from error
    return {name: tensor.read() for name, tensor in tensors.items()}
