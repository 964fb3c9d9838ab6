"""The gate that every finished image passes before it is stored, and uploads where the stack says so."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    from backdrop.policy.images import Policy


def screen(image: Image.Image) -> dict[str, Any] | None:
    """Have Amazon Rekognition look at an RGB or RGBA picture, when the stack's policy blocks anything.

    Returns:
        What is recorded in the image's Review: `{"labels": [{"name", "parent", "confidence"}], "modelVersion"}`;
        None when moderation is off.

    Raises:
        ModerationBlocked: `MODERATION_BLOCKED`, with the category: the picture must not be delivered.
        ModerationUnavailable: `MODERATION_UNAVAILABLE`: nor must it when it could not be checked.
    """
    # All is imported and made on first use: a cold start pays nothing for it, least of all where moderation is off.
    policy = _policy()
    if not policy.active:
        return None
    from backdrop.aws.clients import rekognition
    from backdrop.aws.moderation import Moderation
    from backdrop.policy.images import screening_copy

    screening = Moderation(rekognition).detect(screening_copy(image), policy.asked_confidence)
    policy.check(screening)
    return screening.as_record()


@cache
def _policy() -> Policy:
    from backdrop.handlers.environment import MissingVariable, ModerationEnvironment
    from backdrop.policy.images import Policy

    environment = ModerationEnvironment.from_env()
    try:
        return Policy.parse(environment.categories, environment.min_confidence)
    except ValueError as error:
        raise MissingVariable(f"The environment variables MODERATION_... make no sense: {error}.") from error
