"""What is behind the product of an image, in words."""

from __future__ import annotations

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.options import Scene
from backdrop.core.scenes import describe_scene


def describe_background(image: Image, job: Job) -> str:
    """Return what is told of an image alone: its photo's own words, or its scene of several; empty: the job's."""
    return describe_scene(_scene_of(image, job).named()) if image.scene else image.prompt or ""


def name_background(image: Image, job: Job) -> str:
    """Return what is behind the product of an image, whether or not that is the job's."""
    return describe_scene(_scene_of(image, job).named())


def _scene_of(image: Image, job: Job) -> Scene:
    if image.scene and image.scene > 1:
        return job.options.scenes[image.scene - 2]
    options = job.options
    words = image.prompt or job.prompt
    return Scene(prompt=words, background=options.background, backdrop=options.backdrop)
