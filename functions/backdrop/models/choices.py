"""Can this model do what a job asks for? What a family has not is refused with words, before anything is paid."""

from __future__ import annotations

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Options, invalid
from backdrop.core.words.marks import phrase
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
                phrase(
                    "{given} is about a background that a model paints; {background!r} is a plain one.",
                    given=given[0],
                    background=options.background,
                ),
                phrase("Leave {given} out.", given=given[0]),
            )
        return
    settings = adapter.settings
    if not settings.generates:
        raise _not_supported(
            phrase("{model_id} paints no background.", model_id=adapter.model_id),
            phrase("Choose a transparent or a solid colour background, or another model."),
        )
    if options.cfg_scale is not None:
        if settings.cfg_scale is None:
            raise _not_supported(phrase("{model_id} has no cfgScale.", model_id=adapter.model_id))
        if not settings.cfg_scale.least <= options.cfg_scale <= settings.cfg_scale.most:
            raise invalid(
                phrase("cfgScale is {cfg_scale:g}.", cfg_scale=options.cfg_scale),
                phrase(
                    "{model_id} takes {least:g} to {most:g}.",
                    model_id=adapter.model_id,
                    least=settings.cfg_scale.least,
                    most=settings.cfg_scale.most,
                ),
            )
    _check_name(adapter, "quality", options.quality, settings.qualities)
    _check_name(adapter, "style", options.style, settings.styles)


def _check_name(adapter: ModelAdapter, what: str, name: str | None, known: tuple[str, ...]) -> None:
    if name is None or name in known:
        return
    if not known:
        raise _not_supported(phrase("{model_id} has no {what}.", model_id=adapter.model_id, what=what))
    raise invalid(
        phrase("{model_id} has no {what} {name!r}.", model_id=adapter.model_id, what=what, name=name),
        phrase("It has {names}.", names=", ".join(known)),
    )


def _not_supported(cause: str, next_step: str | None = None) -> BackdropError:
    return BackdropError(ErrorCode.OPTION_NOT_SUPPORTED, cause, next_step)
