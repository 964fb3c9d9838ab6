"""What is behind a product, in words: what people wrote for it, or what stands there instead."""

from __future__ import annotations

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.names import shown
from backdrop.core.options import TRANSPARENT
from backdrop.core.scenes import Scene
from backdrop_client.scene_words import find_scene
from backdrop_web.text.language import translate


def name_scene(scene: Scene) -> str:
    """Return a scene for lists and pages: its prompt as it was written, or what stands there instead, in the reader's
    language."""
    if scene.generates:
        return shown(scene.prompt)
    if scene.backdrop is not None:
        return translate("backdrop {name}", name=shown(scene.backdrop.name or scene.backdrop.id))
    if scene.background == TRANSPARENT:
        return translate("transparent")
    return translate("colour {colour}", colour=scene.background)


def name_own_background(image: Image, job: Job) -> str:
    """Return what is told of an image alone: its photo's own words, or its scene of several; empty: the job's."""
    return name_scene(find_scene(image, job).named()) if image.scene else shown(image.prompt or "")
