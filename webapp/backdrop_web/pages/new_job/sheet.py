"""A sheet beside the photos: what single photos shall have for themselves, from a table that the user brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from backdrop.api.schemas.backdrops import show_recipe
from backdrop.api.schemas.models import Models, find_model
from backdrop.api.schemas.photos import Photo
from backdrop.core import negations
from backdrop.core.backdrops import Backdrop
from backdrop.core.names import shown
from backdrop.core.options import OutputOptions
from backdrop.core.request import JobRequest
from backdrop.core.words.marks import phrase
from backdrop_client.errors import WrongUse
from backdrop_client.output_names import Named, plan_names
from backdrop_client.sheets.sheet import LABELS, Fault, Wish, read_sheet, write_template
from backdrop_client.sheets.sheet_backdrops import Named as NamedBackdrop
from backdrop_client.sheets.sheet_backdrops import find_backdrops, with_backdrops
from backdrop_web.pages.new_job import backdrop, background, form
from backdrop_web.service.api import User
from backdrop_web.service.submission import list_names
from backdrop_web.text.formats import escape_markdown, shorten_text
from backdrop_web.text.language import translate, translate_count, translate_text
from backdrop_web.upload.draft_state import DraftState

_SAID, _ROUND = "sheet-said", "sheet-round"

_SHOWN = 100
"""Faults in the table at once."""


@dataclass(frozen=True)
class _Said:
    """What became of the last sheet: its faults, or how many photos it was about."""

    name: str
    faults: Sequence[Fault] = ()
    wishes: int = 0
    without: int = 0


def collect_prompts(draft: DraftState) -> dict[str, str]:
    """Return photo id -> words of its own, of good photos that have some."""
    found = ((photo.photo_id, form.read_own(form.WORDS, photo.photo_id)) for photo in draft.ready)
    return {photo_id: words for photo_id, words in found if words}


def read_wish(photo: Photo) -> Wish:
    """Return what a photo has for itself, but for its labels."""
    kinds = form.WORDS, form.SKU, form.FILE_NAME, form.BEHIND
    words, sku, name, behind = (form.read_own(kind, photo.photo_id) for kind in kinds)
    return Wish(0, words, (), sku, name, behind)


def collect_own(draft: DraftState, kind: str) -> dict[str, str]:
    """Return photo id -> what it has for itself of a kind, such as `form.SKU`, of good photos that have some."""
    found = ((photo.photo_id, form.read_own(kind, photo.photo_id)) for photo in draft.ready)
    return {photo_id: own for photo_id, own in found if own}


def add_backdrops(draft: DraftState, request: JobRequest) -> JobRequest:
    """Return the request with the backdrops of single photos."""
    behind = collect_own(draft, form.BEHIND)
    plain = request.options.backdrop or Backdrop()
    return with_backdrops(request, behind, [photo.photo_id for photo in draft.ready], plain)


def show_sheet(who: User, draft: DraftState, catalogue: Models, *, paints: bool) -> None:
    """Show how to bring a sheet, and what the last one did. `paints`: whether words for the background are used."""
    if not draft.ready:
        return
    prompts, said = collect_prompts(draft), _get_said(draft)
    with st.expander(translate("A sheet for single photos"), icon=":material/table:", expanded=said is not None):
        st.markdown(
            translate(
                "A table with a row for each photo: words of its own for the background, or a picture of yours to "
                "stand behind it, what is kept of it, its SKU and the name of its file. "
                "What it leaves open is as for all photos."
            )
        )
        st.download_button(
            translate("Sheet to fill in"),
            lambda: _make_template(draft),
            file_name="sheet.csv",
            mime="text/csv",
            icon=":material/download:",
            key="sheet-template",
            on_click="ignore",
            help=translate("Has a row for each photo of this job, with what it has now."),
        )
        number = st.session_state.get(_ROUND, 0)
        st.file_uploader(
            translate("Filled-in sheet (CSV or Excel)"),
            type=["csv", "txt", "tsv", "xlsx"],
            key=f"sheet-file-{number}",
            on_change=_take_file,
            args=(who, draft, _find_limit(draft, catalogue)),
        )
        if said:
            _show_said(said)
        if behind := collect_own(draft, form.BEHIND):
            _show_behind(draft, len(behind))
        if prompts:
            _show_words(draft, prompts, paints=paints)


def _take_file(who: User, draft: DraftState, most_characters: int | None) -> None:
    """Read the sheet that was brought and do what it says, all of it or nothing. Before the widgets."""
    number = st.session_state.get(_ROUND, 0)
    file = st.session_state.get(f"sheet-file-{number}")
    if file is None:
        return
    st.session_state[_ROUND] = number + 1
    ready = draft.ready
    try:
        read = read_sheet(file.getvalue(), [photo.name for photo in ready])
    except WrongUse as error:
        said = _Said(file.name, [Fault(1, "", error.message, error.next_step)])
    else:
        more = (fault for place, wish in read.wishes.items() for fault in _check(ready[place], wish, most_characters))
        # By themselves: a template is chosen further down, and what is wrong with it is said there.
        named = [Named(photo.name, 1, read.wishes.get(place, Wish(0))) for place, photo in enumerate(ready)]
        behind, wrong = _find_backdrops(who, draft, read.wishes)
        faults = [*read.faults, *more, *plan_names("", named, [OutputOptions()]).faults, *wrong]
        faults.sort(key=lambda fault: fault.row)
        said = _Said(file.name, faults, len(read.wishes), len(read.without))
        ids = {} if faults else _make_backdrops(who, behind)
        for place, wish in () if faults else read.wishes.items():
            _apply(ready[place], replace(wish, backdrop=ids.get(place, "")))
    st.session_state[form.make_key(draft, _SAID)] = said


def _find_backdrops(
    who: User, draft: DraftState, wishes: Mapping[int, Wish]
) -> tuple[dict[int, NamedBackdrop], list[Fault]]:
    if not any(wish.backdrop for wish in wishes.values()):
        return {}, []
    variations = int(form.read_value(draft, "variations") or 1)
    dealt = bool(form.read_value(draft, "in-turn"))
    return find_backdrops(wishes, who.api.backdrops(), variations=variations, dealt=dealt)


def _make_backdrops(who: User, behind: Mapping[int, NamedBackdrop]) -> dict[int, str]:
    """The ids of these backdrops; one of colours is made, or found again."""
    if behind:
        backdrop.forget_names()
    ids = {
        one: one if isinstance(one, str) else who.api.make_backdrop(show_recipe(one)).backdrop_id
        for one in dict.fromkeys(behind.values())
    }
    return {place: ids[one] for place, one in behind.items()}


def _check(photo: Photo, wish: Wish, most_characters: int | None) -> Iterator[Fault]:
    """The faults of a row that only shows with its photo and the model."""
    if most_characters is not None and (fault := wish.too_long(most_characters)):
        yield fault
    names = {label.name.casefold() for label in photo.labels}
    known = not (photo.labels_error or photo.mask_from)
    missing = [label for label in wish.labels if known and label.casefold() not in names]
    if missing:
        found, words = ", ".join(list_names(photo)), ", ".join(missing)
        yield Fault(
            wish.row,
            LABELS,
            phrase("{words} was not found in the photo; found: {found}.", words=words, found=found)
            if found
            else phrase("{words} was not found in the photo; found: nothing.", words=words),
            phrase("Name what was found, or nothing: then all is kept."),
        )


def _apply(photo: Photo, wish: Wish) -> None:
    for kind, text in (
        (form.WORDS, wish.prompt),
        (form.SKU, wish.sku),
        (form.FILE_NAME, wish.output_name),
        (form.BEHIND, wish.backdrop),
    ):
        st.session_state[form.make_own_key(kind, photo.photo_id)] = text
    if not wish.labels:
        return
    if photo.labels_error:
        st.session_state[form.make_typed_key(photo.photo_id)] = list(wish.labels)
    else:
        wanted = {name.casefold() for name in wish.labels}
        kept = [label.name for label in photo.labels if label.name.casefold() in wanted]
        st.session_state[form.make_keep_key(photo.photo_id)] = kept


def _show_said(said: _Said) -> None:
    name = escape_markdown(shown(said.name))
    if not said.faults:
        st.success(_tell_read(name, said), icon=":material/check:")
        return
    st.error(
        translate_count(
            "**{name}** has {count:,} fault, so nothing of it was taken. Correct it, then choose it again.",
            "**{name}** has {count:,} faults, so nothing of it was taken. Correct it, then choose it again.",
            len(said.faults),
            name=name,
        ),
        icon=":material/error:",
    )
    rows = "".join(
        f"<tr><td>{fault.row:,}</td><td>{escape(fault.column)}</td>"
        f"<td>{escape(f'{translate_text(fault.message)} {translate_text(fault.next_step)}')}</td></tr>"
        for fault in said.faults[:_SHOWN]
    )
    titles = translate("Row"), translate("Column"), translate("What is wrong")
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    st.html(f'<table class="bd-faults"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')
    if len(said.faults) > _SHOWN:
        st.caption(translate("And {count:,} more.", count=len(said.faults) - _SHOWN))


def _tell_read(name: str, said: _Said) -> str:
    if not said.without:
        return translate_count(
            "**{name}** was read: {count:,} photo has a row.",
            "**{name}** was read: {count:,} photos have a row.",
            said.wishes,
            name=name,
        )
    if said.without == 1:
        return translate_count(
            "**{name}** was read: {count:,} photo has a row, 1 has none and is made as all others.",
            "**{name}** was read: {count:,} photos have a row, 1 has none and is made as all others.",
            said.wishes,
            name=name,
        )
    return translate_count(
        "**{name}** was read: {count:,} photo has a row, {without:,} have none and are made as all others.",
        "**{name}** was read: {count:,} photos have a row, {without:,} have none and are made as all others.",
        said.wishes,
        name=name,
        without=said.without,
    )


def _show_behind(draft: DraftState, number: int) -> None:
    told = (
        translate_count(
            "**{count:,} photo has a picture of its own** behind. "
            "What you choose under “Behind the product” is for the others.",
            "**{count:,} photos have a picture of their own** behind. "
            "What you choose under “Behind the product” is for the others.",
            number,
        )
        if number < len(draft.ready)
        else translate_count(
            "**{count:,} photo has a picture of its own** behind. "
            "What you choose under “Behind the product” is not used.",
            "**{count:,} photos have a picture of their own** behind. "
            "What you choose under “Behind the product” is not used.",
            number,
        )
    )
    st.caption(f":material/image: {told}")

    def forget() -> None:
        for photo in draft.photos.values():
            st.session_state.pop(form.make_own_key(form.BEHIND, photo.photo_id), None)
        st.session_state.pop(form.make_key(draft, _SAID), None)

    st.button(translate("Take these pictures back"), key="sheet-forget-behind", icon=":material/undo:", on_click=forget)


def _show_words(draft: DraftState, prompts: dict[str, str], *, paints: bool) -> None:
    if paints:
        told = translate_count(
            "**{count:,} photo has words of its own** for the background; they are on the cards.",
            "**{count:,} photos have words of their own** for the background; they are on the cards.",
            len(prompts),
        )
        st.caption(f":material/edit_note: {told}")
    else:
        told = translate_count(
            "{count:,} photo has words of its own. They are used when the background is painted.",
            "{count:,} photos have words of their own. They are used when the background is painted.",
            len(prompts),
        )
        st.caption(f":material/info: {told}")
    unwanted = [one.words for words in dict.fromkeys(prompts.values()) for one in negations.find_negations(words)]
    if unwanted:
        some = ", ".join(f"\u201c{escape_markdown(shorten_text(words, 60))}\u201d" for words in unwanted[:3])
        st.caption(f":material/lightbulb: {background.advise_avoiding(some)}")

    def forget() -> None:
        for photo in draft.photos.values():
            st.session_state.pop(form.make_own_key(form.WORDS, photo.photo_id), None)
        st.session_state.pop(form.make_key(draft, _SAID), None)

    st.button(translate("Take all these words back"), key="sheet-forget", icon=":material/undo:", on_click=forget)


def _make_template(draft: DraftState) -> bytes:
    wishes = dict(enumerate(map(read_wish, draft.ready)))
    # With a byte order mark, so that Excel reads accents.
    return write_template([photo.name for photo in draft.ready], wishes).encode("utf-8-sig", "replace")


def _find_limit(draft: DraftState, catalogue: Models) -> int | None:
    """Return how many characters the model that is chosen now takes."""
    model = find_model(catalogue.models, str(form.read_value(draft, "model") or catalogue.default_model_id))
    return model.prompt_max_length if model else None


def _get_said(draft: DraftState) -> _Said | None:
    found: _Said | None = st.session_state.get(form.make_key(draft, _SAID))
    return found
