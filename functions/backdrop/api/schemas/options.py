"""The options of a job, as the REST API answers them. `core/options.py` says what each means."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Literal

from backdrop.api.schemas.backdrops import Recipe
from backdrop.api.schemas.wire import answer
from backdrop.core import options as core
from backdrop.core.backdrops import Backdrop as CoreBackdrop
from backdrop.core.backdrops import Placement, Shadow
from backdrop.core.light import Light
from backdrop.core.options import Fill, MaskSource, UnlocatedLabels
from backdrop.core.scenes import Scene as CoreScene
from backdrop.core.scenes import Spread


@answer
class Output:
    """As in the submission, with the defaults filled in."""

    aspect: str | None = None
    fill: Literal[Fill.OUTPAINT, Fill.PAD]
    pad_color: str
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    format: Literal["SAME", "JPEG", "PNG", "WEBP", "AVIF"]
    quality: int | None = None

    def chosen(self) -> core.OutputOptions:
        """The output as the service has it."""
        return core.OutputOptions(**vars(self))


@answer
class ChosenPlacement:
    """Where products stand on the backdrop, in shares of the finished picture: `share` of its width or height that the
    product takes up, `across` from the left is its middle, `surface` from the top is its lowest point."""

    share: float
    across: float
    surface: float | None = None


@answer
class ChosenLight:
    """The light in which products stand: as in the submission, with the defaults filled in. `guessed`: nobody set the
    `direction`, it is the backdrop's own; 0 where none could be told."""

    direction: float | None = None
    guessed: bool = False
    strength: float
    softness: float
    reflection: float
    rim: float
    blur: float
    tone: float

    def chosen(self) -> Light:
        """The light as it was asked for."""
        return Light(**{**vars(self), "guessed": False, "direction": None if self.guessed else self.direction})


@answer
class ChosenBackdrop:
    """The picture behind the products of a job: `id` of the backdrop that it was copied from, `sha256` of the copy,
    `recipe` where nobody uploaded it. Without `placement` each product keeps its place in its photo."""

    id: str = ""
    name: str = ""
    sha256: str = ""
    shadow: Literal[Shadow.NONE, Shadow.CONTACT, Shadow.SOFT]
    placement: ChosenPlacement | None = None
    light: ChosenLight | None = None
    recipe: Recipe | None = None


@answer
class Scene:
    """A further background of every photo: `prompt` of a generated one, `backdrop` of a backdrop."""

    prompt: str = ""
    background: str
    backdrop: ChosenBackdrop | None = None

    def chosen(self) -> CoreScene:
        """The scene of a job that was made with it."""
        return CoreScene(self.prompt, self.background, _chosen(self.backdrop))

    def named(self) -> CoreScene:
        """The same with the backdrop's name, to be told."""
        own = self.chosen()
        if own.backdrop is None or self.backdrop is None:
            return own
        return replace(own, backdrop=replace(own.backdrop, name=self.backdrop.name))


@answer
class Options:
    """As in the submission, with the defaults filled in."""

    background: str
    backdrop: ChosenBackdrop | None = None
    mask_source: Literal[MaskSource.MODEL, MaskSource.BUILT_IN]
    variations: int
    vary_seed: bool
    cfg_scale: float | None = None
    quality: str | None = None
    style: str | None = None
    unlocated_labels: Literal[UnlocatedLabels.FLAG, UnlocatedLabels.FAIL]
    reuse_answers: bool
    export_of: str | None = None
    output: Output
    outputs: list[Output] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)
    spread: Literal[Spread.ALL, Spread.FIRST, Spread.TURN] = Spread.ALL

    @property
    def every_output(self) -> list[Output]:
        """The shapes and files in which every picture is finished."""
        return [self.output, *self.outputs]

    @property
    def images(self) -> int:
        """Finished images of a photo of which nothing is said: each variation in each of its scenes and outputs."""
        return self.chosen().images

    @property
    def generates(self) -> bool:
        """Whether a model paints the background; of several scenes, the job's own."""
        return self.background == core.GENERATED

    @property
    def paints(self) -> bool:
        """Whether a model paints the background of any scene."""
        return self.generates or any(one.background == core.GENERATED for one in self.scenes)

    def chosen(self) -> core.Options:
        """The options of a job that was made with these."""
        output, *further = (one.chosen() for one in self.every_output)
        chosen = {"backdrop": _chosen(self.backdrop), "output": output, "outputs": tuple(further)}
        return core.Options(**{**vars(self), **chosen, "scenes": tuple(one.chosen() for one in self.scenes)})


def _chosen(own: ChosenBackdrop | None) -> CoreBackdrop | None:
    placement = Placement(**vars(own.placement)) if own and own.placement else None
    light = own.light.chosen() if own and own.light else None
    return CoreBackdrop(id=own.id, shadow=own.shadow, placement=placement, light=light) if own else None
