"""Can this model do what a job asks for? What a family has not is refused with words, before anything is paid."""

from __future__ import annotations

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Options, invalid
from backdrop.models.base import ModelAdapter


def check(adapter: ModelAdapter, options: Options) -> None:
    """Refuse settings that the model has not, or values that it does not take.

    Raises:
        BackdropError: `OPTION_NOT_SUPPORTED` or `OPTIONS_INVALID`.
    """
    asked = {"cfgScale": options.cfg_scale, "quality": options.quality, "style": options.style}
    if not options.generates:
        given = [name for name, value in asked.items() if value is not None]
        if given:
            raise invalid(
                f"{given[0]} is about a background that a model paints; {options.background!r} is a plain one.",
                f"Leave {given[0]} out.",
            )
        return
    settings = adapter.settings
    if not settings.generates:
        raise _not_supported(
            f"{adapter.model_id} paints no background.",
            "Choose a transparent or a solid colour background, or another model.",
        )
    if options.cfg_scale is not None:
        if settings.cfg_scale is None:
            raise _not_supported(f"{adapter.model_id} has no cfgScale.")
        if not settings.cfg_scale.least <= options.cfg_scale <= settings.cfg_scale.most:
            raise invalid(
                f"cfgScale is {options.cfg_scale:g}.",
                f"{adapter.model_id} takes {settings.cfg_scale.least:g} to {settings.cfg_scale.most:g}.",
            )
    _check_name(adapter, "quality", options.quality, settings.qualities)
    _check_name(adapter, "style", options.style, settings.styles)


def _check_name(adapter: ModelAdapter, what: str, name: str | None, known: tuple[str, ...]) -> None:
    if name is None or name in known:
        return
    if not known:
        raise _not_supported(f"{adapter.model_id} has no {what}.")
    raise invalid(f"{adapter.model_id} has no {what} {name!r}.", f"It has {', '.join(known)}.")


def _not_supported(cause: str, next_step: str | None = None) -> BackdropError:
    return BackdropError(ErrorCode.OPTION_NOT_SUPPORTED, cause, next_step)
