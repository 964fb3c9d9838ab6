"""Photos of an earlier job again, as a new job with the same settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.errors import ErrorCode
from backdrop.core.options import Options
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Spread
from backdrop.core.vocabulary import ImageStatus
from backdrop.core.words.marks import phrase
from backdrop_client.api import PHOTOS_PER_CALL, BackdropApi
from backdrop_client.errors import WrongUse
from backdrop_client.file_names import JobNames
from backdrop_client.places import own_places

_PAST_VARIATIONS = 100
_HIGH_SEED = 2_147_000_000
"""Below the highest seed of the models whose range is the smallest (2,147,483,646, Amazon's)."""


def rerun(
    api: BackdropApi,
    job_id: str,
    *,
    everything: bool = False,
    prompt: str | None = None,
    seed: int | None = None,
    on_submit: Callable[[int], object] | None = None,
) -> Job:
    """Submit the failed images of an ended job (or, with `everything`, all of them) as a new job.

    Settings, seeds, labels, photos' own prompts and places by hand are the earlier job's, but for `prompt` (of all
    photos) and `seed` where they are given. Of several scenes those are made again that failed images have. Nothing is
    uploaded, and what was made stays and is not made again. `on_submit` is told how many photos, just before.

    Raises:
        WrongUse: the job has not ended (`JOB_RUNNING`), or nothing of it failed (`NOTHING_TO_RETRY`).
    """
    job = api.job(job_id)
    if not job.status.final:
        raise WrongUse(
            "JOB_RUNNING",
            phrase("The job {job_id} is still running.", job_id=job_id),
            phrase("Wait for it, or cancel it: `backdrop cancel`."),
        )
    images = list(api.images(job_id, status=None if everything else ImageStatus.FAILED))
    kept, names = photos_of(images), JobNames(api.names(job_id))
    if not kept:
        raise WrongUse(
            "NOTHING_TO_RETRY",
            phrase("No image of {job_id} failed.", job_id=job_id),
            phrase("`--all` runs all of its photos again."),
        )
    draft_id = api.create_draft(listed=False).draft_id
    group = Group.whole(job, images) if everything else Group.of(job, images)
    options, words = group.narrow(options_again(job), job.prompt)
    copies = copy_into(api, draft_id, job_id, list(kept), names_of_copies(names, images, group))
    seeds = {} if everything else missing_seeds(images, seed, group)
    prompts = own_prompts(images) if prompt is None and group.has_own_scene else {}
    request = JobRequest(
        prompt=words if prompt is None else prompt,
        negative_prompt=job.negative_prompt,
        mode=job.mode,
        model_id=job.model_id,
        seed=job.seed if seed is None else seed,
        options=options,
        labels={copies[photo_id]: names for photo_id, names in kept.items() if names},
        seeds={copies[photo_id]: own for photo_id, own in seeds.items()},
        prompts={copies[photo_id]: own for photo_id, own in prompts.items()},
        by_hand={copies[photo_id]: place for photo_id, place in own_places(images).items()},
        in_scenes=group.in_scenes(copies),
        # Who saw the job sees what is made of it.
        team=job.team,
        private=job.team is None,
        name=job.name or "",
        tags=tuple(job.tags),
    )
    if on_submit:
        on_submit(len(kept))
    return api.submit(draft_id, request)


@dataclass(frozen=True)
class Group:
    """The images of one seed of a photo that are made again together: in some of the job's scenes, in every output.

    Attributes:
        outputs: of the job.
        scenes: of the job.
        kept: which of the scenes; 0 is the job's own.
        one_output: in one output alone: that of the image that they are made again with.
        own: photo id -> those of the scenes that the photo has, of photos that may not have all.
        only: photo id -> those that are made again, of photos of which not all that they have of `kept` are.
    """

    outputs: int = 1
    scenes: int = 1
    kept: tuple[int, ...] = (0,)
    one_output: bool = False
    own: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    only: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def whole(cls, job: Job, images: Iterable[Image] = ()) -> Group:
        """All scenes of the job, or of each of these images' photos those that it has."""
        scenes, spread = 1 + len(job.options.scenes), job.options.spread
        own = {
            image.photo_id: tuple(number - 1 for number in image.scenes or (1,))
            for image in images
            if image.scenes or spread is not Spread.ALL
        }
        return cls(len(job.options.every_output), scenes, tuple(range(scenes)), own=own)

    @classmethod
    def of(cls, job: Job, images: Iterable[Image]) -> Group:
        """The scenes of the job that any of these images has."""
        images = list(images)
        whole = cls.whole(job, images)
        kept = {whole.scene_of(image) for image in images}
        return replace(whole, kept=tuple(sorted(kept)) or whole.kept)

    def exactly(self, images: Iterable[Image]) -> Group:
        """The same of each photo in those scenes alone that these images of it have."""
        found: dict[str, set[int]] = {}
        for image in images:
            found.setdefault(image.photo_id, set()).add(self.scene_of(image))
        only = {
            id_: tuple(one for one in self._scenes_of(id_) if one in some)
            for id_, some in found.items()
            if some != {*self._kept_of(id_)}
        }
        return replace(self, only=only)

    @property
    def has_own_scene(self) -> bool:
        """Whether the job's own scene is among them, which photos may have words of their own for."""
        return 0 in self.kept

    def seed_of(self, image: Image) -> int:
        """Which seed of its photo an image has; counted from 0."""
        return (image.variation - 1) // (len(self._scenes_of(image.photo_id)) * self.outputs)

    def scene_of(self, image: Image) -> int:
        """Which scene an image has."""
        scenes = self._scenes_of(image.photo_id)
        return scenes[(image.variation - 1) // self.outputs % len(scenes)]

    def numbers(self, image: Image) -> list[int]:
        """The images of its photo, from 1, that are made again together with an image."""
        scenes = self._scenes_of(image.photo_id)
        first = self.seed_of(image) * len(scenes) * self.outputs + 1
        outputs = ((image.variation - 1) % self.outputs,) if self.one_output else range(self.outputs)
        wanted = self._kept_of(image.photo_id)
        kept = [place for place, scene in enumerate(scenes) if scene in wanted]
        return [first + place * self.outputs + output for place in kept for output in outputs]

    def in_scenes(self, copies: Mapping[str, str]) -> dict[str, list[int]]:
        """Id of a photo's copy -> numbers of the scenes that it has, of those that are made again; of photos that may
        not have all of them.

        Args:
            copies: photo id -> id of its copy.
        """
        if len(self.kept) == 1:
            return {}
        number_of = {scene: number for number, scene in enumerate(self.kept, 1)}
        return {
            copies[photo_id]: [number_of[scene] for scene in self._kept_of(photo_id)]
            for photo_id in {**self.own, **self.only}
            if photo_id in copies
        }

    def _kept_of(self, photo_id: str) -> tuple[int, ...]:
        return self.only.get(photo_id) or tuple(one for one in self._scenes_of(photo_id) if one in self.kept)

    def _scenes_of(self, photo_id: str) -> tuple[int, ...]:
        return self.own.get(photo_id) or tuple(range(self.scenes))

    def narrow(self, options: Options, prompt: str) -> tuple[Options, str]:
        """The options of a job of these scenes alone, and what the first of them is painted from.

        Args:
            options: the job's, with all its scenes.
            prompt: the job's.
        """
        if len(self.kept) == self.scenes:
            return options, prompt
        first, *further = self.kept
        own = options.by_scene()[first]
        scenes = tuple(options.scenes[place - 1] for place in further)
        spread = options.spread if scenes else Spread.ALL
        made = replace(options, background=own.background, backdrop=own.backdrop, scenes=scenes, spread=spread)
        if not made.paints:
            made = replace(made, cfg_scale=None, quality=None, style=None, vary_seed=False)
        return made, options.scenes[first - 1].prompt if first else prompt


def options_again(job: Job) -> Options:
    """The options of a job with the same settings. What is left of an export is taken from that export."""
    options = job.options.chosen()
    return options if options.calls_models else replace(options, export_of=job.job_id)


def own_prompts(images: Iterable[Image]) -> dict[str, str]:
    """Photo id -> the words of its own, of photos that have some."""
    return {image.photo_id: image.prompt for image in images if image.prompt is not None}


def missing_seeds(
    images: Iterable[Image], first: int | None = None, group: Group | None = None
) -> dict[str, list[int]]:
    """Photo id -> the seeds of its images among these: what a job needs to make exactly them again.

    A picture that the model's filter refused gets another seed: the same one would be refused again.

    Args:
        images: finished or not.
        first: count from this one on instead.
        group: which images are made again together; None: each alone.
    """
    together = group or Group()
    found: dict[str, list[int]] = {}
    for image in {(one.photo_id, together.seed_of(one)): one for one in images}.values():
        own = found.get(image.photo_id, [])
        seed = _next_seed(image) if first is None else first
        while seed in own:
            seed += 1
        found[image.photo_id] = [*own, seed]
    return found


def _next_seed(image: Image) -> int:
    if image.error is None or image.error.code != ErrorCode.MODEL_REFUSED_OUTPUT_IMAGE:
        return image.seed
    return seed_of_try(image.seed, 1)


def seed_of_try(first: int, tries: int) -> int:
    """A seed for another try of an image whose first one had the seed `first`, and of which there are so many tries."""
    # Far enough from the seeds of its other variations, which count upwards by one, and within every model's range.
    step = tries * _PAST_VARIATIONS
    return first + step if first < _HIGH_SEED else first - step


def names_of_copies(names: JobNames, images: Iterable[Image], group: Group | None = None) -> dict[str, list[str]]:
    """Photo id -> the file names that a copy takes along, so that its images are called as these are.

    Only of photos whose names a job of the copies alone would not find: another photo has the name, or a variation
    that is copied is not the first. `group`: which images are copied together; None: each alone.
    """
    together = group or Group()
    of_photo: dict[str, dict[int, None]] = {}
    firsts: dict[tuple[str, int], Image] = {}
    for image in images:
        firsts.setdefault((image.photo_id, together.seed_of(image)), image)
    for image in firsts.values():
        for number in together.numbers(image):
            of_photo.setdefault(image.photo_id, {})[number] = None
    found = {photo_id: names.kept_by_copy(photo_id, list(some)) for photo_id, some in of_photo.items()}
    return {photo_id: kept for photo_id, kept in found.items() if kept}


def photos_of(images: Iterable[Image]) -> dict[str, Sequence[str]]:
    """Photo id -> the labels that were kept of it, in the order of the images; variations share one."""
    kept: dict[str, Sequence[str]] = {}
    for image in images:
        kept[image.photo_id] = kept.get(image.photo_id) or image.labels_chosen
    return kept


def copy_into(
    api: BackdropApi, draft_id: str, job_id: str, photo_ids: Sequence[str], names: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Copy photos of a job into a draft; return id in the job -> id of the copy.

    `names`: photo id -> what its files are called, from `names_of_copies`.
    """
    copies: dict[str, str] = {}
    for start in range(0, len(photo_ids), PHOTOS_PER_CALL):
        batch = photo_ids[start : start + PHOTOS_PER_CALL]
        named = {photo_id: names[photo_id] for photo_id in batch if photo_id in names}
        made = api.copy_photos(draft_id, job_id, batch, file_names=named)
        copies |= {id_: copy.photo_id for id_, copy in zip(batch, made, strict=True)}
    return copies
