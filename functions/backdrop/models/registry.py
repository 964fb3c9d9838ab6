"""The table of models. Adding a family is one file and one row here (and its data in catalogue.json)."""

from __future__ import annotations

from backdrop.domain.errors import BackdropError, ErrorCode
from backdrop.models.base import ModelAdapter
from backdrop.models.built_in import BuiltInModel
from backdrop.models.nova_canvas import NOVA_CANVAS
from backdrop.models.stability_inpaint import StabilityInpaint
from backdrop.models.stability_search_replace import StabilitySearchReplace
from backdrop.models.titan import TITAN_V1, TITAN_V2

_ADAPTERS: tuple[ModelAdapter, ...] = (
    StabilityInpaint(),
    StabilitySearchReplace(),
    BuiltInModel(),
    NOVA_CANVAS,
    TITAN_V2,
    TITAN_V1,
)
_BY_ID = {adapter.model_id: adapter for adapter in _ADAPTERS}


def all_models() -> tuple[ModelAdapter, ...]:
    """Every model Backdrop knows, the default first."""
    return _ADAPTERS


def get(model_id: str) -> ModelAdapter:
    """The adapter of a model id.

    Raises:
        BackdropError: `MODEL_UNKNOWN`, naming those there are.
    """
    if model_id not in _BY_ID:
        known = ", ".join(_BY_ID)
        raise BackdropError(ErrorCode.MODEL_UNKNOWN, f"There is no model {model_id!r}; known are {known}.")
    return _BY_ID[model_id]
