"""The backdrops that a sheet names for single photos: found, and made scenes of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from backdrop.api.schemas.backdrops import Backdrop as KeptBackdrop
from backdrop.api.schemas.photos import PhotoStatus
from backdrop.core import recipes
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError
from backdrop.core.names import shown
from backdrop.core.options import BACKDROP
from backdrop.core.recipes import Coloured, Painted
from backdrop.core.request import JobRequest
from backdrop.core.scenes import MAX_SCENES_OF_JOB, Scene, Spread
from backdrop.core.words.marks import phrase
from backdrop_client.colours import EXAMPLES, Written, read_written
from backdrop_client.sheets.sheet import BACKDROP as COLUMN
from backdrop_client.sheets.sheet import PROMPT, Fault, Wish

Named = str | Coloured
"""The id of a kept backdrop, or how one is made."""

_Photo = TypeVar("_Photo", int, str)


def find_backdrops(
    wishes: Mapping[_Photo, Wish], kept: Sequence[KeptBackdrop], *, variations: int = 1, dealt: bool = False
) -> tuple[dict[_Photo, Named], list[Fault]]:
    """Return the backdrop of each photo whose row names one, and all that is wrong with those cells.

    Args:
        wishes: rows of a sheet.
        kept: the user's backdrops, and shared ones.
        variations: of the job; a backdrop has none.
        dealt: the job deals its scenes over the photos in turn.
    """
    found: dict[_Photo, Named] = {}
    faults: list[Fault] = []
    for photo, wish in wishes.items():
        if not wish.backdrop:
            continue
        one = _forbidden(wish, variations, dealt=dealt) or _find(wish, kept)
        if isinstance(one, Fault):
            faults.append(one)
        else:
            found[photo] = one
    if len(set(found.values())) > MAX_SCENES_OF_JOB - 1:
        words = phrase("The sheet names {values} backdrops.", values=len(set(found.values())))
        faults.append(
            Fault(0, COLUMN, words, phrase("One job takes {most}: split the photos.", most=MAX_SCENES_OF_JOB - 1))
        )
    return found, faults


def with_backdrops(
    request: JobRequest, chosen: Mapping[str, str], photo_ids: Sequence[str], plain: Backdrop
) -> JobRequest:
    """Return the request with a scene for each of these backdrops, which its photos have in the place of the job's own
    background. All other scenes stay everybody's; where every photo has a backdrop, the job has no other own.

    Args:
        request: without any scenes that were said of single photos.
        chosen: photo id -> id of its backdrop.
        photo_ids: all photos.
        plain: shadow and place of products on these backdrops.
    """
    if not chosen:
        return request
    options = request.options
    behind = {id_: replace(plain, id=id_) for id_ in dict.fromkeys(chosen.values())}
    if all(id_ in chosen for id_ in photo_ids):
        first = next(iter(behind.values()))
        options = replace(options, background=BACKDROP, backdrop=first)
        if not any(scene.generates for scene in options.scenes):
            options = replace(options, cfg_scale=None, quality=None, style=None, vary_seed=False)
            request = replace(request, negative_prompt="")
        request = replace(request, prompt="", prompts={})
    scenes = [Scene("", options.background, options.backdrop), *options.scenes]
    shared = len(scenes)
    number_of: dict[str, int] = {}
    for id_, one in behind.items():
        scene = Scene(background=BACKDROP, backdrop=one)
        if scene not in scenes:
            scenes.append(scene)
        number_of[id_] = scenes.index(scene) + 1
    options = replace(options, scenes=tuple(scenes[1:]), spread=Spread.FIRST if len(scenes) > 1 else Spread.ALL)
    if len(scenes) == 1:
        return replace(request, options=options)
    everybodys = range(2, shared + 1)
    own = {
        id_: list(dict.fromkeys((number_of[chosen[id_]] if id_ in chosen else 1, *everybodys)))
        for id_ in photo_ids
        if id_ in chosen or shared > 1
    }
    return replace(request, options=options, in_scenes=own)


def _forbidden(wish: Wish, variations: int, *, dealt: bool) -> Fault | None:
    if wish.prompt:
        return Fault(
            wish.row,
            COLUMN,
            phrase("The row has a {lower} as well.", lower=PROMPT.lower()),
            phrase("Keep one of them."),
        )
    if variations > 1:
        words = phrase(
            "{variations} variations are made of each photo, and a backdrop has none.", variations=variations
        )
        return Fault(wish.row, COLUMN, words, phrase("Ask for one variation, or leave the backdrop out."))
    if dealt:
        words = phrase("The job gives each photo one of its backgrounds in turn.")
        return Fault(wish.row, COLUMN, words, phrase("Leave that out, or the backdrops of single photos."))
    return None


def _find(wish: Wish, kept: Sequence[KeptBackdrop]) -> Named | Fault:
    text = wish.backdrop
    kind, colon, rest = text.partition(":")
    if written := read_written(text):
        return _made_of(wish, written)
    wanted = rest.strip() if colon and kind.strip().casefold() == "kept" else text
    ready = [one for one in kept if one.status is PhotoStatus.READY]
    by_name = [one for one in ready if one.name.casefold() == wanted.casefold()]
    found = [one for one in ready if one.backdrop_id == wanted] or [one for one in by_name if one.mine] or by_name
    if len(found) == 1:
        return found[0].backdrop_id
    told = f"“{shown(wanted)[:120]}”"
    if found:
        step = phrase("Write the id of one: {names}.", names=", ".join(one.backdrop_id for one in found[:5]))
        return Fault(
            wish.row, COLUMN, phrase("{found} backdrops are called {told}.", found=len(found), told=told), step
        )
    step = phrase("Write a backdrop's name or id, or colours such as gradient:#ffffff,#dddddd.")
    return Fault(wish.row, COLUMN, phrase("There is no backdrop {told}.", told=told), step)


def _made_of(wish: Wish, written: Written) -> Coloured | Fault:
    example = EXAMPLES[written.kind][-1]
    wrong = Fault(
        wish.row,
        COLUMN,
        phrase("“{backdrop}” has no two colours.", backdrop=shown(wish.backdrop)[:120]),
        phrase("Write it as {example}.", example=example),
    )
    if written.colours is None:
        return wrong
    data: dict[str, object] = {"Kind": written.kind.upper()}
    data |= {name: f"#{colour.removeprefix('#').lower()}" for name, colour in written.colours.items()}
    try:
        if written.line is not None:
            data["Line"] = float(written.line)
        made = recipes.from_dict(data)
    except ValueError:
        return wrong
    except BackdropError as error:
        return Fault(wish.row, COLUMN, error.cause, error.next_step)
    assert not isinstance(made, Painted)
    return made
