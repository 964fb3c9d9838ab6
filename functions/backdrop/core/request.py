"""What a job is asked for: one object from the page and the command, through the API, to the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backdrop.core import by_hand
from backdrop.core.by_hand import ByHand
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.naming import checked_name, checked_tags
from backdrop.core.options import Options, check_photo_scenes, checked, invalid
from backdrop.core.scenes import Spread
from backdrop.core.vocabulary import Mode
from backdrop.core.words.marks import phrase


@dataclass(frozen=True)
class SavedChoice:
    """Which saved settings a request was begun with, and their version as they were read."""

    id: str = ""
    version: int = 0


@dataclass(frozen=True)
class JobRequest:
    """What the user wants made of a draft's photos; None leaves the choice to the service. Texts are verbatim.

    Attributes:
        prompt: the new background; only a generated one needs it.
        negative_prompt: what the background must not show.
        mode: PRECISE puts the photo's own subject over the painted background, DEFAULT lets the model blend it in.
        model_id: the model; None is the service's default.
        seed: of the first image.
        options: everything else that is chosen for all photos.
        labels: photo id -> names of the labels to keep; photos not named keep all that was found.
        trial: a try of one photo, which its user looks at where it was started.
        trial_job_id: an earlier trial, whose answers are used again.
        max_usd: US dollars that the job may cost at most; None: what the stack allows.
        seeds: photo id -> seeds of exactly the pictures that are wanted of it, each in every scene and output; photos
            not named have the options' variations.
        prompts: photo id -> words of its own for its background, instead of the prompt; further scenes keep theirs.
            When every photo has some, there need be no prompt.
        file_names: photo id -> what the files of its images are called, without extension, in their order; further
            ones are numbered. Photos not named: as clients call them (docs/file-names.md).
        in_scenes: photo id -> numbers of those of the job's scenes in which it is finished, its own is 1. Photos not
            named: as the options' `spread` says.
        skus: photo id -> the article number of what it shows, verbatim.
        by_hand: photo id -> the place of its product in each of its images. Photos not named: where the options put it.
        team: the team of the user's that sees the job; None: their only team.
        private: no team sees it.
        name: what the job is called; empty: by the folder of its photos and its scene (`naming.propose_name`).
        tags: words by which the job is found again.
        redo_of: the job that new tries are made of, for its set.
        instead_of: photo id -> ids of the images of that job for which the photo's images stand, in their order.
        settings: the saved settings that it was begun with; what is asked for says it all the same.
        language: of the mail about it, such as `de`; None: English.
    """

    prompt: str = ""
    negative_prompt: str = ""
    mode: Mode = Mode.PRECISE
    model_id: str | None = None
    seed: int | None = None
    options: Options = field(default_factory=Options)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    trial: bool = False
    trial_job_id: str | None = None
    seeds: Mapping[str, Sequence[int]] = field(default_factory=dict)
    max_usd: float | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    file_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_hand: Mapping[str, ByHand] = field(default_factory=dict)
    in_scenes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    skus: Mapping[str, str] = field(default_factory=dict)
    team: str | None = None
    private: bool = False
    name: str = ""
    tags: Sequence[str] = ()
    redo_of: str | None = None
    instead_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: SavedChoice | None = None
    language: str | None = None

    def count_images(self, photos: int) -> int:
        """How many images a job of so many photos has."""
        named = self.seeds.keys() | self.in_scenes.keys()
        return sum(map(self.count_images_of, named)) + (photos - len(named)) * self.options.images

    def count_images_of(self, photo_id: str) -> int:
        """How many images one photo of the job has."""
        return self.count_seeds_of(photo_id) * self.options_of(photo_id).images_a_seed

    def options_of(self, photo_id: str) -> Options:
        """The options of one photo of the job: with those of the scenes that it has."""
        return self.options.of_photo(self.in_scenes.get(photo_id, ()))

    def dealt(self, photo_ids: Iterable[str]) -> JobRequest:
        """The request with the scene said of each photo that has one in turn, and of no other request anything else. A
        photo with words of its own has the job's own scene, which they are for.

        Args:
            photo_ids: all that the job has, in their order.
        """
        options = self.options
        if options.spread is not Spread.TURN:
            return self
        number, each = 1 + len(options.scenes), dict(self.in_scenes)
        for turn, photo_id in enumerate(photo_ids):
            each.setdefault(photo_id, (1 if photo_id in self.prompts else turn % number + 1,))
        return replace(self, in_scenes=each)

    def count_seeds_of(self, photo_id: str) -> int:
        """How many pictures, each with a seed of its own, are made of one photo of the job."""
        return len(self.seeds.get(photo_id, ())) or self.options.variations

    def prompt_of(self, photo_id: str) -> str:
        """The words for one photo's background: its own, else the job's."""
        return self.prompts.get(photo_id, self.prompt)

    @property
    def further_words(self) -> list[str]:
        """All words besides the prompt that backgrounds are painted from: photos' own, and of further scenes."""
        return [*self.prompts.values(), *(scene.prompt for scene in self.options.scenes if scene.generates)]

    def checked(self) -> JobRequest:
        """The request, when it makes sense whatever the photos and the model; colours in lower case.

        Raises:
            BackdropError: `OPTIONS_INVALID`, `PROMPT_EMPTY`, `NAME_INVALID`.
        """
        options = checked(self.options)
        if self.prompts and not options.generates:
            raise invalid(
                phrase("Photos have words of their own for a background, and none is painted."),
                phrase("Leave the photos' own words out, or let the model paint the background."),
            )
        for photo_id, scenes in self.in_scenes.items():
            check_photo_scenes(options, scenes, f"The photo {photo_id!r}")
            if photo_id in self.prompts and 1 not in scenes:
                raise invalid(
                    phrase(
                        "The photo {photo_id!r} has words of its own, which are for the job's own background, and not "
                        "that background.",
                        photo_id=photo_id,
                    ),
                    phrase("Leave the words out, or finish the photo in scene 1 as well."),
                )
        for photo_id, place in self.by_hand.items():
            by_hand.check_background(self.options_of(photo_id), {photo_id: place})
            by_hand.checked(place)
        # Whether each photo has words is looked at with the photos.
        if options.generates and not self.prompt.strip() and not self.prompts:
            raise BackdropError(ErrorCode.PROMPT_EMPTY, phrase("The prompt is empty."))
        if options.generates and self.prompt.strip() in [one.prompt.strip() for one in options.scenes if one.generates]:
            raise invalid(
                phrase("Two of the scenes have the same words."), phrase("Leave one of them out, or change its words.")
            )
        return replace(self, options=options, name=checked_name(self.name), tags=checked_tags(self.tags))
