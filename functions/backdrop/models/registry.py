"""The table of models. Adding a family is one file and one row here (and its data in catalogue.json).

A family is imported when one of its models is asked for: a step of one image needs one family, and its cold start
should not pay for the others.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase
from backdrop.models.base import ModelAdapter
from backdrop.models.catalogue_data import newer_versions

# model id -> module of this package, name of the adapter in it; the default first
_TABLE = {
    "us.stability.stable-image-inpaint-v1:0": ("stability_inpaint", "STABILITY_INPAINT"),
    "us.stability.stable-image-search-replace-v1:0": ("stability_search_replace", "STABILITY_SEARCH_REPLACE"),
    "backdrop.cut-out": ("built_in", "BUILT_IN_MODEL"),
    "amazon.nova-canvas-v1:0": ("nova_canvas", "NOVA_CANVAS"),
    "amazon.titan-image-generator-v2:0": ("titan", "TITAN_V2"),
    "amazon.titan-image-generator-v1": ("titan", "TITAN_V1"),
}


def all_models() -> tuple[ModelAdapter, ...]:
    """Every model Backdrop knows, the default first, those that the stack's configuration adds last."""
    return tuple(get(model_id) for model_id in (*_TABLE, *newer_versions()))


@cache
def get(model_id: str) -> ModelAdapter:
    """The adapter of a model id.

    Raises:
        BackdropError: `MODEL_UNKNOWN`, naming those there are.
    """
    if newer := newer_versions().get(model_id):
        # Here: the models that are known do without it.
        from backdrop.models.newer_adapter import NewerAdapter

        return NewerAdapter(model_id, get(newer.known_id))
    if model_id not in _TABLE:
        known = ", ".join((*_TABLE, *newer_versions()))
        raise BackdropError(
            ErrorCode.MODEL_UNKNOWN,
            phrase("There is no model {model_id!r}; known are {known}.", model_id=model_id, known=known),
        )
    module, name = _TABLE[model_id]
    adapter: ModelAdapter = getattr(import_module(f"backdrop.models.{module}"), name)
    return adapter
