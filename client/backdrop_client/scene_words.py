"""What is behind the product of an image, in words."""

from __future__ import annotations

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.options import Scene
from backdrop.core.scenes import describe_scene


def name_background(image: Image, job: Job) -> str:
    """Return what is behind the product of an image, whether or not that is the job's."""
    return describe_scene(find_scene(image, job).named())


def find_scene(image: Image, job: Job) -> Scene:
    """Return the scene that an image is of: one of the job's further ones, or the job's own with the photo's words."""
    if image.scene and image.scene > 1:
        return job.options.scenes[image.scene - 2]
    options = job.options
    words = image.prompt or job.prompt
    return Scene(prompt=words, background=options.background, backdrop=options.backdrop)
