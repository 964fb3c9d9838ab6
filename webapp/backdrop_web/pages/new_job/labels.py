"""The photos of the job as cards: what was found in each, what of it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from backdrop.api.schemas.photos import Label, Photo
from backdrop.core.names import shown
from backdrop.core.words.marks import mark_phrase
from backdrop_web.mask_editor import editor
from backdrop_web.pages.new_job import backdrop, cut_outs, form
from backdrop_web.pages.new_job.kept import all_photos
from backdrop_web.pages.new_job.label_editor import editor as label_editor
from backdrop_web.service.api import User
from backdrop_web.service.submission import keeps_nothing, list_names
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements
from backdrop_web.text.formats import escape_markdown, format_number, format_size, shorten_text, strip_punctuation
from backdrop_web.text.language import translate, translate_count
from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.upload_session import UploadSession

PAGE = 24
"""Cards at once: a page of 1,000 would be slow, in the browser and here."""

_FEW = 4
"""Photos that need no filter."""
_MAX_TYPED = 20
"""Names that the service takes for one photo."""

_WORDS_SHOWN = 200
"""Characters of a photo's own words on its card."""

_ALL, _CHECK = mark_phrase("All"), mark_phrase("To check")

_EDITOR = "new-job"

_OWN_MASKS: dict[str, tuple[str, str]] = {
    "PHOTO": (
        ":material/content_cut:",
        mark_phrase(
            "Cut out already: what is visible in the file is kept as it is. No cut-out is made of it, or paid for."
        ),
    ),
    "EDITED": (
        ":material/brush:",
        mark_phrase("You put this cut-out right: it says what is kept. No other is made, or paid for."),
    ),
    "UPLOAD": (
        ":material/content_cut:",
        mark_phrase("A mask came with this photo: it says what is kept. No cut-out is made of it, or paid for."),
    ),
}


def collect_kept_labels(draft: DraftState) -> dict[str, list[str]]:
    """Return photo id -> labels to keep, of photos in which labels were found or typed."""
    chosen = {photo.photo_id: list_kept(photo) for photo in draft.ready if photo.labels}
    typed = {photo.photo_id: _list_typed(photo) for photo in draft.ready if photo.labels_error and not photo.labels}
    return chosen | {photo_id: names for photo_id, names in typed.items() if names}


def list_kept(photo: Photo) -> list[str]:
    """Return the found labels that are kept: all until the user says otherwise, also on cards not shown yet."""
    names = list_names(photo)
    if photo.mask_from:
        return names
    chosen = st.session_state.get(form.make_keep_key(photo.photo_id), names)
    return [name for name in names if name in chosen]


def _list_typed(photo: Photo) -> list[str]:
    names = st.session_state.get(form.make_typed_key(photo.photo_id), [])
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


def show_photos(who: User, uploads: UploadSession) -> None:
    """Show the cards, a page of them. A press on a chip runs this part alone again."""
    if not uploads.draft.ready:
        if not uploads.left_out:
            st.caption(translate("Your photos will show up here, with what was found in each."))
        return
    st.fragment(_show_cards)(who, uploads)


def _show_cards(who: User, uploads: UploadSession) -> None:
    draft = uploads.draft
    with explain_failures():
        if corrected := label_editor.take_message(who):
            _keep_new_names(draft, corrected)
            draft.put_photo(corrected)
            # Whether something is kept, and what Rekognition must still be asked, is in the part with the start.
            st.rerun()
        if fresh := editor.take_message(who, _EDITOR):
            draft.put_photo(fresh)
            # What has a mask needs no other cut-out: the price must know.
            st.rerun()
        # In a place of its own: it comes with a later run, and the cards must not be drawn from scratch for it.
        with st.container():
            form.keep_labels_in_browser(draft, who.email)
        ready = draft.ready
        st.markdown(
            translate_count(
                "**{count:,} photo in this job.** Coloured words are kept in the picture; "
                "press a word to remove it. Everything else becomes background.",
                "**{count:,} photos in this job.** Coloured words are kept in the picture; "
                "press a word to remove it. Everything else becomes background.",
                len(ready),
            )
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            _change_many(draft, ready)
            all_photos.show_remove_all(who, uploads)
        with st.container(horizontal=True, vertical_alignment="center"):
            shown = _choose_photos(draft, ready)
            boxes = st.toggle(
                translate("Show where each thing is"), key=form.make_key(draft, "boxes"), persist_state="session"
            )
            cut = st.toggle(
                translate("Show the cut-outs"),
                key=form.make_key(draft, "cut-outs"),
                persist_state="session",
                help=translate(
                    "What the built-in cut-out keeps of each photo, before anything is paid. A model may cut out "
                    "otherwise; a cut-out that you put right is used as it is."
                ),
            )
        page = _choose_page(draft, len(shown))
        if cut:
            if len(shown) > PAGE:
                cut_outs.offer_all(who, draft, shown)
            shown = cut_outs.put_doubtful_first(draft, shown)
        here = shown[page * PAGE : (page + 1) * PAGE]
        seen = cut_outs.look_at(who, draft, here) if cut else {}
        here = cut_outs.put_doubtful_first(draft, here) if cut else here
        with st.container(key="cards"):
            for photo in here:
                _show_card(who, uploads, photo, boxes=boxes, cut_out=seen.get(photo.photo_id))
        editor.show_editor(_EDITOR)
        label_editor.show_editor()
        _tell_the_page(draft)


def _tell_the_page(draft: DraftState) -> None:
    """Run the whole page again when a photo keeps nothing, or no longer does: the part with the start must know."""
    empty = sorted(photo.photo_id for photo in draft.ready if _keeps_nothing(photo))
    key = form.make_key(draft, "empty")
    before = st.session_state.get(key, [])
    st.session_state[key] = empty
    if empty != before:
        st.rerun()


def _keeps_nothing(photo: Photo) -> bool:
    return keeps_nothing(photo, {photo.photo_id: list_kept(photo)})


def _keep_new_names(draft: DraftState, corrected: Photo) -> None:
    """Keep the words that are new in a photo; those that were removed before stay removed."""
    before = draft.photos[corrected.photo_id]
    key = form.make_keep_key(corrected.photo_id)
    if key in st.session_state:
        names, kept = list_names(before), list_kept(before)
        st.session_state[key] = [name for name in list_names(corrected) if name in kept or name not in names]


def _needs_a_look(photo: Photo) -> bool:
    """Whether nothing is kept, nothing was found, or the search for labels failed and nobody typed one."""
    if photo.mask_from:
        return False
    if photo.labels:
        return _keeps_nothing(photo)
    return not _list_typed(photo)


def _choose_photos(draft: DraftState, ready: Sequence[Photo]) -> list[Photo]:
    to_check = [photo for photo in ready if _needs_a_look(photo)]
    if len(ready) <= _FEW or not to_check:
        return list(ready)
    numbers = {_ALL: len(ready), _CHECK: len(to_check)}
    chosen = st.segmented_control(
        translate("Photos to show"),
        list(numbers),
        key=form.set_default(draft, "show", _ALL, list(numbers)),
        required=True,
        format_func=lambda name: f"{translate(name)} ({format_number(numbers[name])})",
        label_visibility="collapsed",
    )
    return to_check if chosen == _CHECK else list(ready)


def _choose_page(draft: DraftState, count: int) -> int:
    """Ask which page of cards is shown; return it, from 0."""
    pages = -(-count // PAGE)
    if pages < 2:
        return 0
    options = list(range(pages))
    chosen = st.selectbox(
        translate("Photos"),
        options,
        key=form.set_default(draft, "page", 0, options),
        format_func=lambda page: translate(
            "{first:,} to {last:,} of {count:,}",
            first=page * PAGE + 1,
            last=min((page + 1) * PAGE, count),
            count=count,
        ),
        width=220,
    )
    return int(chosen or 0)


def _change_many(draft: DraftState, ready: Sequence[Photo]) -> None:
    """Ask for one decision for all photos that have a label."""
    names = Counter(name for photo in ready for name in set(list_names(photo)))
    if len(ready) < 2 or not names:
        return
    options = [name for name, _ in names.most_common()]
    key = form.make_key(draft, "many")

    def keep_only() -> None:
        wanted = st.session_state.get(key) or []
        for photo in draft.ready:
            found = [label.name for label in photo.labels if label.name in wanted]
            if found:
                st.session_state[form.make_keep_key(photo.photo_id)] = found

    def keep_all() -> None:
        for photo in draft.ready:
            st.session_state.pop(form.make_keep_key(photo.photo_id), None)

    def describe(name: str) -> str:
        return translate_count("{name} ({count:,} photo)", "{name} ({count:,} photos)", names[name], name=name)

    with st.popover(translate("Change many photos at once"), icon=":material/checklist:"):
        chosen = st.multiselect(translate("Keep only"), options, key=key, format_func=describe)
        having = sum(any(label.name in chosen for label in photo.labels) for photo in ready)
        st.button(
            translate_count("Keep only this in {count:,} photo", "Keep only this in {count:,} photos", having)
            if chosen
            else translate("Keep only this"),
            key=form.make_key(draft, "keep-only"),
            disabled=not chosen,
            on_click=keep_only,
            type="primary",
            help=translate(
                "Removes every other word from photos that have one of these. Other photos stay as they are."
            ),
        )
        st.button(
            translate("Keep everything again"),
            key=form.make_key(draft, "keep-all"),
            on_click=keep_all,
            help=translate("Puts back all removed words in all photos."),
        )


def _name_equal(ready: Sequence[Photo], photo: Photo) -> str | None:
    """Return the name of the first photo of the draft that is the same file, when that is another one."""
    first = next((one for one in ready if photo.sha256 and one.sha256 == photo.sha256), photo)
    return None if first.photo_id == photo.photo_id else first.name


def _show_card(who: User, uploads: UploadSession, photo: Photo, *, boxes: bool, cut_out: cut_outs.Seen | None) -> None:
    with st.container(border=True, key=f"photo-{photo.photo_id}"):
        st.html(_make_picture(photo, list_kept(photo), boxes, cut_out))
        sides = [format_number(side) for side in (photo.width, photo.height) if side]
        facts = [f"{' × '.join(sides)} px"] if len(sides) == 2 else []
        facts += [format_size(photo.bytes)] if photo.bytes else []
        elements.show_name_and_meta(photo.name, " · ".join(facts))
        if cut_out and cut_out.doubtful:
            doubt = translate("Doubtful: look at this cut-out, above all inside the frame.")
            st.caption(f":material/visibility: {doubt}")
        if words := form.read_own(form.WORDS, photo.photo_id):
            quoted = translate("Background: \u201c{words}\u201d", words=shorten_text(words, _WORDS_SHOWN))
            st.caption(f":material/edit_note: {escape_markdown(quoted)}")
        if behind := form.read_own(form.BEHIND, photo.photo_id):
            name = backdrop.find_names(who).get(behind, translate("A picture of its own"))
            st.caption(f":material/image: {escape_markdown(name)}")
        if equal := _name_equal(uploads.draft.ready, photo):
            same = translate(
                "The same file as {name}. Kept alike, both are made and paid for once.",
                name=escape_markdown(shown(equal)),
            )
            st.caption(f":material/file_copy: {same}")
        if photo.mask_from:
            icon, meaning = _OWN_MASKS[photo.mask_from]
            st.caption(f"{icon} {translate(meaning)}")
        elif photo.labels:
            _show_chips(photo)
        elif photo.labels_error:
            _ask_labels(photo)
        elif photo.labels_corrected:
            st.caption(translate("No words: the whole product found in it is kept."))
        else:
            st.caption(translate("Nothing was recognised by name. The whole product found in it is kept."))
        _offer_correcting(uploads.draft, photo)
        _show_editing(who, uploads.draft, photo)
        if st.button(
            translate("Remove photo"),
            key=f"remove-{photo.photo_id}",
            icon=":material/delete:",
            type="tertiary",
            help=translate("Take {name} out of this job", name=escape_markdown(photo.name)),
        ):
            uploads.remove_photo(who.api, photo.photo_id)
            st.rerun()


def _offer_correcting(draft: DraftState, photo: Photo) -> None:
    # Where a mask says what is kept, words and boxes have no effect.
    if photo.mask_from or draft.draft_id is None:
        return
    if st.button(
        translate("Correct words and boxes"),
        key=f"correct-{photo.photo_id}",
        icon=":material/edit:",
        type="tertiary",
        help=translate(
            "Change, add or remove words of {name}, and draw where each thing is", name=escape_markdown(photo.name)
        ),
    ):
        label_editor.open_editor(draft.draft_id, photo)
        st.rerun()


def _show_editing(who: User, draft: DraftState, photo: Photo) -> None:
    """Offer the mask editor, and to take an edited mask away again."""
    # What is transparent in the file is somebody's decision already.
    if photo.mask_from == "PHOTO" or draft.draft_id is None:
        return
    name = escape_markdown(photo.name)
    if st.button(
        translate("Fix the cut-out"),
        key=f"cut-out-{photo.photo_id}",
        icon=":material/brush:",
        type="tertiary",
        help=translate("See what is kept of {name}, and draw over what is missing or too much", name=name),
    ):
        editor.open_editor(who, _EDITOR, draft.draft_id, photo)
        st.rerun()
    if photo.mask_from == "EDITED" and st.button(
        translate("Forget my cut-out"),
        key=f"forget-{photo.photo_id}",
        icon=":material/undo:",
        type="tertiary",
        help=translate("Have {name} cut out as all others are", name=name),
    ):
        who.api.delete_mask(draft.draft_id, photo.photo_id)
        draft.put_photo(replace(photo, has_mask=False, mask_from=None, mask_sha256=None))
        st.rerun()


def _show_chips(photo: Photo) -> None:
    names = list_names(photo)
    boxes = sum(len(label.boxes) for label in photo.labels if not label.name)
    if boxes:
        told = translate_count(
            "{count:,} box that you drew without a word: what is inside is kept.",
            "{count:,} boxes that you drew without a word: what is inside is kept.",
            boxes,
        )
        st.caption(f":material/select: {told}")
    if not names:
        return
    key = form.make_keep_key(photo.photo_id)
    if key not in st.session_state:
        st.session_state[key] = names
    chosen = st.pills(
        translate("Keep in {name}", name=strip_punctuation(photo.name)),
        names,
        selection_mode="multi",
        format_func=escape_markdown,
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
    if not chosen and not boxes:
        st.warning(
            translate("Nothing is kept: press a word to keep it, correct the words, or remove the photo."),
            icon=":material/warning:",
        )


def _ask_labels(photo: Photo) -> None:
    key = form.make_typed_key(photo.photo_id)
    typed = st.session_state.get(key, [])
    st.multiselect(
        translate("What to keep in {name}", name=strip_punctuation(photo.name)),
        typed,
        key=key,
        accept_new_options=True,
        max_selections=_MAX_TYPED,
        placeholder=translate("Type a word, such as mug"),
        label_visibility="collapsed",
        persist_state="session",
    )
    st.caption(
        translate(
            "Looking for things in this photo did not work. Type what to keep and press Enter, "
            "or leave it empty: then the whole product found in it is kept."
        )
    )
    if any("," in name for name in typed):
        st.warning(translate("Words can't have a comma: type each word by itself."), icon=":material/warning:")


def _make_picture(photo: Photo, kept_names: Sequence[str], boxes: bool, cut_out: cut_outs.Seen | None) -> str:
    """Return HTML of a thumbnail with a frame for each chip: seen where it is pointed at, or for all that are kept.

    `cut_out`: what is seen of it; None: all is.
    """
    url = photo.thumbnail_url or photo.preview_url
    alt = escape(shown(photo.name), quote=True)
    if url is None:
        none = escape(translate("No preview"))
        return f'<figure class="bd-figure"><span class="bd-frame"><span class="bd-empty">{none}</span></span></figure>'
    across, down = photo.width or 1, photo.height or 1
    fit = f"aspect-ratio:{across}/{down};{'width' if across >= down else 'height'}:100%"
    frames = _make_frames(photo.labels, [*kept_names, ""] if boxes else ())
    full, title = escape(photo.preview_url or url, quote=True), escape(translate("Open in full size"), quote=True)
    ground, cut = "", ""
    if cut_out:
        ground, cut = " bd-chequered", f' style="mask:url({cut_out.address}) center/100% 100%"'
        if cut_out.doubtful and cut_out.place:
            left, top, width, height = cut_out.place
            frames += (
                f'<span class="bd-doubt" aria-hidden="true"'
                f' style="left:{left:.1%};top:{top:.1%};width:{width:.1%};height:{height:.1%}"></span>'
            )
    return (
        f'<figure class="bd-figure"><a class="bd-frame bd-labelled" href="{full}" target="_blank"'
        f' rel="noopener noreferrer" title="{title}"><span class="bd-fit{ground}" style="{fit}">'
        f'<img src="{escape(url, quote=True)}" alt="{alt}" loading="lazy"{cut}>{frames}</span></a></figure>'
    )


def _make_frames(labels: Sequence[Label], shown: Sequence[str]) -> str:
    """Return HTML of the boxes of each chip. Of shown ones that share a place (car, vehicle) one carries all names."""
    names: dict[tuple[float, ...], list[str]] = {}
    for label in labels:
        for box in label.boxes:
            if label.name in shown:
                names.setdefault(_round_box(box), []).append(label.name)
    found = []
    # Chips are numbered in page.css; a box without a word has none.
    numbers = {label.name: number for number, label in enumerate((one for one in labels if one.name), 1)}
    for label in labels:
        number = numbers.get(label.name, 0)
        for box in label.boxes:
            left, top, width, height = box
            together = names.get(_round_box(box), [label.name]) if label.name in shown else [label.name]
            state = " bd-shown" if label.name in shown and together[0] == label.name else ""
            found.append(
                f'<span class="bd-box bd-chip-{number}{state}" aria-hidden="true"'
                f' style="left:{left:.1%};top:{top:.1%};width:{width:.1%};height:{height:.1%}">'
                f"<span>{escape(', '.join(filter(None, together)))}</span></span>"
            )
    return "".join(found)


def _round_box(box: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(edge, 2) for edge in box)
