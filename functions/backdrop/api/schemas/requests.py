"""Bodies of requests to the REST API. The service validates them by these, and clients write them by these."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from backdrop.api.schemas.wire import changes_to_json
from backdrop.core import recipes
from backdrop.core.backdrops import ACROSS, SHARES, SURFACES, Backdrop, Placement, Shadow
from backdrop.core.by_hand import MOVES, SCALES, TURNS, ByHand
from backdrop.core.light import DIRECTIONS, STRENGTHS, Light
from backdrop.core.limits import (
    MAX_LABEL_BOXES,
    MAX_LABELS,
    MAX_NAME_CHARACTERS,
    MAX_PHOTOS_PER_REQUEST,
)
from backdrop.core.naming import checked_tags
from backdrop.core.options import (
    MAX_IMAGES,
    MAX_OUTPUTS,
    MAX_VARIATIONS,
    Fill,
    MaskSource,
    Options,
    OutputOptions,
    UnlocatedLabels,
    checked,
)
from backdrop.core.request import JobRequest, SavedChoice
from backdrop.core.scenes import MAX_SCENES, MAX_SCENES_OF_JOB, Scene, Spread
from backdrop.core.verdicts import RejectReason, Why
from backdrop.core.vocabulary import Mode

_Count = Annotated[int, Field(ge=0)]

Text = Annotated[str, Field(max_length=100_000)]
"""No model takes so much; the model's own limit is checked, and named, later."""


FileNames = Annotated[list[Text], Field(min_length=1, max_length=MAX_IMAGES)]
"""What the files of one photo's images are called."""

ImageId = Annotated[str, Field(max_length=20)]

Sku = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARACTERS)]
"""An article number, as the shop writes it."""


class RequestBody(BaseModel):
    """Unknown fields are an error: a client can't set what it does not own, and typing errors are told."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class NewDraft(RequestBody):
    """Id, owner and prefixes are the server's. `listed`: whether it is among `GET /drafts`; false for one that a
    client makes for a moment, such as to ask a price."""

    listed: bool = True


class Nothing(RequestBody):
    """Nothing to say."""


class DraftChange(RequestBody):
    """Whether the draft is among `GET /drafts`."""

    listed: bool


class JobChange(RequestBody):
    """What a job is called, and its tags; what is left out, or null, stays. An empty name takes it away."""

    name: Text | None = None
    tags: Annotated[list[Text], Field(max_length=100)] | None = None


class NewPhoto(RequestBody):
    """A file to upload: its name as you know it, its size in bytes, its MIME type if known."""

    name: Text
    size: _Count
    content_type: Text | None = None


class RecipeWish(RequestBody):
    """What a backdrop is made from. GRADIENT: the colours `top` and `bottom`. FLOOR: the colours `wall` and `floor`,
    which meet at `line`, a share of the height from the top. Colours are `#rrggbb`."""

    kind: recipes.Colours
    top: Text | None = None
    bottom: Text | None = None
    wall: Text | None = None
    floor: Text | None = None
    line: Annotated[float, Field(strict=False)] | None = None

    def recipe(self) -> recipes.Coloured:
        """The recipe asked for.

        Raises:
            BackdropError: `OPTIONS_INVALID`.
        """
        given = {name.capitalize(): value for name, value in dict(self).items() if value is not None}
        found = recipes.from_dict(given)
        assert not isinstance(found, recipes.Painted)
        return found


class MadeBackdrop(RequestBody):
    """A backdrop to make from colours, which name it."""

    recipe: RecipeWish


class PaintingWish(RequestBody):
    """A picture to paint from words. `modelId`: one of the `painters` of `GET /models`, else the first of them;
    `seed`: the same words and seed are painted, and paid, once; without one it is left to chance."""

    prompt: Text
    negative_prompt: Text = ""
    model_id: Annotated[str, Field(max_length=200)] | None = None
    aspect: recipes.Aspect = "1:1"
    seed: int | None = None


class NewPhotos(RequestBody):
    """Files to upload."""

    photos: list[NewPhoto] = Field(min_length=1, max_length=MAX_PHOTOS_PER_REQUEST)


class Copies(RequestBody):
    """Images of a job of yours whose photos this draft shall have too. A further variation's id means its photo.

    `fileNames`: photo id -> what the files of the copy's images are called, without extension, in their order. For a
    client that names files: so that a product's file is called in the new job as in the earlier one.
    """

    job_id: Annotated[str, Field(max_length=100)]
    image_ids: list[Annotated[str, Field(max_length=100)]] = Field(min_length=1, max_length=MAX_PHOTOS_PER_REQUEST)
    file_names: dict[str, FileNames] = Field(default_factory=dict)


class NewMask(RequestBody):
    """A mask to upload: its size in bytes."""

    size: _Count


class InspectedMask(RequestBody):
    """What is known of an uploaded mask: `edited` when it was made by hand in the mask editor."""

    edited: bool = False


_Share = Annotated[float, Field(ge=0, le=1, strict=False)]
_Point = Annotated[list[_Share], Field(min_length=2, max_length=2)]
_Rectangle = Annotated[list[_Share], Field(min_length=4, max_length=4)]


class StrokeWish(RequestBody):
    """A line drawn by hand: points [x, y] as shares of the photo's width and height, one is a dot; `width` as a share
    of the longer side."""

    points: list[_Point] = Field(min_length=1, max_length=2_000)
    width: Annotated[float, Field(gt=0, le=0.5, strict=False)]


class MaskEdit(RequestBody):
    """How a mask is put right. Nothing: show the one that there is, else the built-in cut-out.

    `mask`: what is put right, base64 of a PNG of the photo's shape, white what is kept. `keep`, `remove`: what strokes
    lie on is kept or goes, as far as its colours and edges reach. `rectangle`: [left, top, width, height] as shares;
    the product is in there. `anew`: the built-in cut-out, whatever mask there is.
    """

    mask: Annotated[str, Field(max_length=6_000_000)] | None = None
    keep: list[StrokeWish] = Field(default_factory=list, max_length=20)
    remove: list[StrokeWish] = Field(default_factory=list, max_length=20)
    rectangle: _Rectangle | None = None
    anew: bool = False


class LabelWish(RequestBody):
    """A label of a photo. `name`: in any script, without commas; empty: only its boxes say what stays. `boxes`: where
    it is, each [left, top, width, height] as shares of the upright photo; none: nobody knows."""

    name: Text = ""
    boxes: list[_Rectangle] = Field(default_factory=list, max_length=10 * MAX_LABEL_BOXES)


class PhotoLabels(RequestBody):
    """All labels of a photo, as you want them; null: those that were found count again."""

    labels: Annotated[list[LabelWish], Field(max_length=10 * MAX_LABELS)] | None


class NewVerdict(RequestBody):
    """What you think of a finished image; null takes an earlier verdict back. Of a rejected one you may say why:
    `reason`, and `words` (up to 300 characters), which are an OTHER reason by themselves."""

    verdict: Literal["APPROVED", "REJECTED"] | None
    reason: Literal["CUT_OUT", "BACKGROUND", "COLOUR", "OTHER"] | None = None
    words: Text = ""

    def why(self) -> Why:
        """Why it is rejected, as it was said."""
        return Why(RejectReason(self.reason) if self.reason else None, self.words)


class NewTeam(RequestBody):
    """The team of yours that shall see a job of yours; null: none, it is private."""

    team: Annotated[str, Field(max_length=200)] | None


class OutputWish(RequestBody):
    """The finished image's shape and file. `aspect` as `4:5`; `width` and `height` in pixels: one given, the other
    follows; never stretched. `format` SAME: the photo's own, JPEG for HEIC, AVIF and TIFF."""

    aspect: Text | None = None
    fill: Literal["OUTPAINT", "PAD"] = "OUTPAINT"
    pad_color: Text = "#ffffff"
    width: int | None = None
    height: int | None = None
    preset: Text | None = None
    format: Literal["SAME", "JPEG", "PNG", "WEBP", "AVIF"] = "SAME"
    quality: int | None = None

    def output(self) -> OutputOptions:
        """The output asked for."""
        return OutputOptions(**{**self.model_dump(), "fill": Fill(self.fill)})


class PlacementWish(RequestBody):
    """Where products stand on the backdrop, in shares of the finished picture: `share` of its width or height that the
    product takes up (less where it would not fit), `across` from the left is its middle, `surface` from the top is its
    lowest point: without it, the backdrop's own."""

    share: float = Field(default=Placement.share, ge=SHARES[0], le=SHARES[1], strict=False)
    across: float = Field(default=Placement.across, ge=ACROSS[0], le=ACROSS[1], strict=False)
    surface: float | None = Field(default=None, ge=SURFACES[0], le=SURFACES[1], strict=False)


class LightWish(RequestBody):
    """The light in which products stand on the backdrop. `direction` from which it comes, in degrees as on a clock: 0
    from above, -90 from the left, 90 from the right; without it, the backdrop's own, which is guessed. `strength` and
    `softness` of the shadow, 1 and 0.5 as ever; `reflection`: how clearly the ground shows the product upside down;
    `rim`: how far the product's half-covered edge takes the backdrop's colours; `blur`: of the backdrop, away from
    where the product stands; `tone`: how far the product takes the backdrop's light, in the mode DEFAULT only."""

    direction: float | None = Field(default=None, ge=DIRECTIONS[0], le=DIRECTIONS[1], strict=False)
    strength: float = Field(default=Light.strength, ge=STRENGTHS[0], le=STRENGTHS[1], strict=False)
    softness: float = Field(default=Light.softness, ge=0, le=1, strict=False)
    reflection: float = Field(default=Light.reflection, ge=0, le=1, strict=False)
    rim: float = Field(default=Light.rim, ge=0, le=1, strict=False)
    blur: float = Field(default=Light.blur, ge=0, le=1, strict=False)
    tone: float = Field(default=Light.tone, ge=0, le=1, strict=False)


class BackdropWish(RequestBody):
    """Which of your backdrops, and what products cast on it: nothing, a thin line where they stand (CONTACT), or that
    and a soft shadow. Without `placement` each product keeps its place in its photo; without `light` it comes from
    above, and does nothing but the shadow."""

    id: Annotated[str, Field(max_length=100)]
    shadow: Literal["NONE", "CONTACT", "SOFT"] = "SOFT"
    placement: PlacementWish | None = None
    light: LightWish | None = None

    def backdrop(self) -> Backdrop:
        """The backdrop asked for."""
        placement = Placement(**self.placement.model_dump()) if self.placement else None
        light = Light(**self.light.model_dump()) if self.light else None
        return Backdrop(id=self.id, shadow=Shadow(self.shadow), placement=placement, light=light)


class BackdropChange(RequestBody):
    """What a backdrop is called, the share of its height, from the top, at which products stand on it, and whether
    everybody who may sign in sees it and may use it. What is left out, or null, stays."""

    name: Text | None = None
    surface: float | None = Field(default=None, strict=False)
    shared: bool | None = None


class SceneWish(RequestBody):
    """A further background of every photo. `background` as that of the options; `prompt`: what a generated one is
    painted from."""

    prompt: Text = ""
    background: Text = "generated"
    backdrop: BackdropWish | None = None

    def scene(self) -> Scene:
        """The scene asked for."""
        return Scene(self.prompt, self.background, self.backdrop.backdrop() if self.backdrop else None)


class PlaceByHand(RequestBody):
    """A product's own place, from the one that the options give it: moved by shares of the finished picture's width
    (`across`, to the right) and height (`down`), `scale` times as large, turned by degrees clockwise about its middle,
    which stays in the picture."""

    across: float = Field(default=ByHand.across, ge=MOVES[0], le=MOVES[1], strict=False)
    down: float = Field(default=ByHand.down, ge=MOVES[0], le=MOVES[1], strict=False)
    scale: float = Field(default=ByHand.scale, ge=SCALES[0], le=SCALES[1], strict=False)
    turn: float = Field(default=ByHand.turn, ge=TURNS[0], le=TURNS[1], strict=False)


class OptionsWish(RequestBody):
    """Everything has a default. `background`: `generated`, `transparent`, a colour `#rrggbb`, or `backdrop`, which
    `backdrop` then names; `maskSource` BUILT_IN: Backdrop's own cut-out instead of a model call; `varySeed`: another
    seed for each photo; `unlocatedLabels`: whether an image is flagged or fails when labels typed by hand can't be
    found in its photo; `reuseAnswers`: an answer to the very same request of an earlier job of yours is used again, and
    not paid for; `exportOf`: id of a job of yours that ended, whose images are finished once more from what is kept of
    them: no model is called, nothing is paid, and an image that would need a call fails; `outputs`: further shapes and
    files, in which every picture is finished as well as in `output`; `scenes`: further backgrounds, in which every
    photo is finished as well as in `background`, from the same cut-out; `spread`: FIRST or TURN instead of ALL, which
    gives photos that `inScenes` does not name `background` alone, or one of the scenes in turn, in the order of the
    photos."""

    background: Text = "generated"
    backdrop: BackdropWish | None = None
    mask_source: Literal["MODEL", "BUILT_IN"] = "MODEL"
    variations: int = Field(default=1, ge=1, le=MAX_VARIATIONS)
    vary_seed: bool = False
    cfg_scale: float | None = Field(default=None, strict=False)
    quality: Text | None = None
    style: Text | None = None
    unlocated_labels: Literal["FLAG", "FAIL"] = "FLAG"
    reuse_answers: bool = True
    export_of: Annotated[str, Field(max_length=100)] | None = None
    output: OutputWish = Field(default_factory=OutputWish)
    outputs: list[OutputWish] = Field(default_factory=list, max_length=MAX_OUTPUTS - 1)
    scenes: list[SceneWish] = Field(default_factory=list, max_length=MAX_SCENES_OF_JOB - 1)
    spread: Literal["ALL", "FIRST", "TURN"] = "ALL"

    def options(self) -> Options:
        """The options asked for.

        Raises:
            BackdropError: `OPTIONS_INVALID`.
        """
        output, *further = (one.output() for one in (self.output, *self.outputs))
        chosen = {**self.model_dump(), "mask_source": MaskSource(self.mask_source)}
        chosen |= {"output": output, "outputs": tuple(further), "scenes": tuple(one.scene() for one in self.scenes)}
        if self.backdrop:
            chosen["backdrop"] = self.backdrop.backdrop()
        chosen["spread"] = Spread(self.spread)
        chosen["unlocated_labels"] = UnlocatedLabels(self.unlocated_labels)
        return checked(Options(**chosen))


class UsedSettings(RequestBody):
    """Saved settings that a submission was begun with, and their version as you read it."""

    id: Annotated[str, Field(max_length=100)]
    version: Annotated[int, Field(ge=1)]


class SettingsWish(RequestBody):
    """What saved settings ask for: of a submission all that is about no single photo. Without `modelId` it is the
    service's own model, without `seed` each job draws one."""

    prompt: Text = ""
    negative_prompt: Text = ""
    mode: Literal["PRECISE", "DEFAULT"] = "PRECISE"
    model_id: Annotated[str, Field(max_length=200)] | None = None
    seed: int | None = None
    options: OptionsWish = Field(default_factory=OptionsWish)
    tags: list[Text] = Field(default_factory=list, max_length=100)

    def request(self) -> JobRequest:
        """What is asked for.

        Raises:
            BackdropError: `OPTIONS_INVALID`, `NAME_INVALID`.
        """
        chosen = {"mode": Mode(self.mode), "options": self.options.options(), "tags": checked_tags(self.tags)}
        return JobRequest(**{**dict(self), **chosen})


class NewSettings(RequestBody):
    """Settings to save. `name`: up to 120 characters, in any script, new among yours or the team's. `team`: a team of
    yours, whose members use and change them too; null: they are yours."""

    name: Text
    team: Annotated[str, Field(max_length=200)] | None = None
    settings: SettingsWish


class ChangedSettings(NewSettings):
    """How saved settings shall be from now on. `version`: that you know of."""

    version: Annotated[int, Field(ge=1)]


class Submission(RequestBody):
    """What to make of the photos. `labels`: photo id -> names of labels to keep; photos not named keep all.

    `prompt` may be left out when `options.background` is a plain one. `trial`: a try of a draft with one photo. Such a
    job is not among `GET /jobs` unless asked for, and no mail tells its end. `trialJobId`: an earlier trial of yours.
    What was asked about its photo and would be asked again in the same words is not paid for again. `seeds`:
    photo id -> seeds of exactly the images that shall be made of it; photos not named have `options.variations`.
    `prompts`: photo id -> words of its own for its background; photos not named have `prompt`, which may be left out
    when all are named. Further scenes have their own words, for all photos. `fileNames`: photo id -> what the files of
    its images are called in downloads, without extension; no two alike. `byHand`: photo id -> the place of its product,
    in each of its images whose background is not painted. `inScenes`: photo id -> in which of the job's scenes it is
    finished, 1 is `options.background`, 2 the first of `options.scenes`. `skus`: photo id -> the article number of what
    it shows, which is recorded with its images. `maxUsd`: US dollars that the job may cost at most. It is
    refused when it costs more, and calls no model beyond. `team`: a team of yours, whose members see the job too;
    `private`: none does. Where neither is said it is your only team's, and of whoever is in several it is private. A
    trial always is. `name`: what the job is called, up to 120 characters; empty: by the folder of its photos and its
    scene. `tags`: up to 10 words of up to 40 characters by which it is found again.
    `redoOf`: a job of yours of whose images new tries are made;
    `insteadOf`: photo id -> ids of the images of that job for which the photo's images stand, in their order. Such a
    job is not among `GET /jobs`: `GET /jobs/{jobId}/tries` of the other has its images.
    `settings`: the saved settings that you began with. The job tells that, and whether its own are others; what it is
    asked for is all here. `language`: of the mail
    about it, as a browser names it (`de-AT`); one that there is not is English."""

    prompt: Text = ""
    negative_prompt: Text = ""
    mode: Literal["PRECISE", "DEFAULT"] = "PRECISE"
    model_id: Annotated[str, Field(max_length=200)] | None = None
    seed: int | None = None
    options: OptionsWish = Field(default_factory=OptionsWish)
    labels: dict[str, list[Text]] = Field(default_factory=dict)
    trial: bool = False
    trial_job_id: Annotated[str, Field(max_length=100)] | None = None
    seeds: dict[str, Annotated[list[int], Field(min_length=1, max_length=MAX_VARIATIONS)]] = Field(default_factory=dict)
    max_usd: Annotated[float, Field(ge=0, le=1_000_000, strict=False)] | None = None
    prompts: dict[str, Text] = Field(default_factory=dict)
    file_names: dict[str, FileNames] = Field(default_factory=dict)
    by_hand: dict[str, PlaceByHand] = Field(default_factory=dict)
    in_scenes: dict[str, Annotated[list[int], Field(min_length=1, max_length=MAX_SCENES)]] = Field(default_factory=dict)
    skus: dict[str, Sku] = Field(default_factory=dict)
    team: Annotated[str, Field(max_length=200)] | None = None
    private: bool = False
    name: Text = ""
    tags: list[Text] = Field(default_factory=list, max_length=100)
    redo_of: Annotated[str, Field(max_length=100)] | None = None
    instead_of: dict[str, Annotated[list[ImageId], Field(min_length=1, max_length=MAX_IMAGES)]] = Field(
        default_factory=dict
    )
    settings: UsedSettings | None = None
    language: Annotated[str, Field(max_length=35)] | None = None

    def request(self) -> JobRequest:
        """What is asked for.

        Raises:
            BackdropError: `OPTIONS_INVALID`.
        """
        options = self.options.options()
        places = {photo_id: ByHand(**dict(place)) for photo_id, place in self.by_hand.items()}
        used = SavedChoice(self.settings.id, self.settings.version) if self.settings else None
        own = {"mode": Mode(self.mode), "options": options, "by_hand": places, "settings": used}
        return JobRequest(**{**dict(self), **own})


def submission_body(request: JobRequest) -> dict[str, Any]:
    """The JSON of a `Submission` that asks for this. Nothing is checked: the service does that."""
    return changes_to_json(request, JobRequest())


def settings_body(name: str, team: str | None, request: JobRequest, version: int | None = None) -> dict[str, Any]:
    """The JSON of a `NewSettings` that saves what this asks for, or of `ChangedSettings` with a `version`. What is
    about single photos, or one job, is left out."""
    about_all = {field: getattr(request, field) for field in SettingsWish.model_fields}
    asked = JobRequest(**{**about_all, "options": replace(request.options, export_of=None)})
    body = {"name": name, "team": team, "settings": changes_to_json(asked, JobRequest())}
    return body if version is None else {**body, "version": version}
