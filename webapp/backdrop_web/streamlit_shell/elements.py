"""Pieces that several pages show. Text from people and the service is always shown as text, never as markup."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path

import streamlit as st

from backdrop_client.answers import JobStatus, Label
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.sign_in import session
from backdrop_web.text.errors import Notice, explain, is_away, unforeseen_notice
from backdrop_web.text.formats import literal

logger = logging.getLogger(__name__)

# Files of our own: Streamlit would fetch a `:material/...:` page icon from the internet.
LOGO = Path(__file__).with_name("logo.svg")
WORDMARK = Path(__file__).with_name("wordmark.svg")

STATUS: dict[JobStatus, tuple[str, str, str]] = {
    JobStatus.SUBMITTED: ("Starting", ":material/schedule:", "gray"),
    JobStatus.RUNNING: ("Running", ":material/progress_activity:", "blue"),
    JobStatus.SUCCEEDED: ("Done", ":material/check_circle:", "green"),
    JobStatus.PARTLY_FAILED: ("Partly failed", ":material/error:", "orange"),
    JobStatus.FAILED: ("Failed", ":material/cancel:", "red"),
    JobStatus.CANCELLED: ("Cancelled", ":material/block:", "gray"),
}
"""Job status -> words, icon, colour."""


def status_badge(status: JobStatus) -> None:
    """A job's status as a badge: words and icon, so that colour says nothing alone."""
    words, icon, colour = STATUS[status]
    st.badge(words, icon=icon, color=colour)  # type: ignore[arg-type]


def local_note() -> None:
    """Say plainly what a local cloud's pictures are."""
    with st.container(key="local-note"):
        st.markdown(
            "**Local trial.** A simple program on this machine paints the pictures, not the image models on AWS: "
            "backgrounds are plainer. Prices are those of AWS; nothing is charged here."
        )


def show(notice: Notice) -> None:
    """A failure: what happened and what to do."""
    lines = [f"**{literal(notice.what)}**", *(f"- {literal(detail)}" for detail in notice.details)]
    st.error("\n\n".join([*lines, literal(notice.next_step)]), icon=":material/error:")


@contextmanager
def guarded(*, page: bool = False) -> Iterator[None]:
    """Turn whatever fails inside into words. An expired session leads back to the sign-in form.

    `page`: a whole page is inside, so that a button to try again stands below the words.
    """
    if session.ended_elsewhere():
        st.rerun()
    try:
        yield
    except SessionExpired as error:
        session.expire(explain(error).sentence)
        st.rerun()
    except BackdropClientError as error:
        logger.warning("shown to the user: %s: %s", error.code, error.message)
        show(explain(error))
        if page and is_away(error):
            # The press makes the page run again: that is the try.
            st.button("Try again", icon=":material/refresh:", key="page-again")
    except Exception as error:  # noqa: BLE001 - the last line of defence: logged whole, told in words
        # Streamlit's own signals (rerun, stop) are no Exceptions.
        unforeseen(error)


def unforeseen(error: Exception) -> bool:
    """A defect of the app: the trace goes to the log, words with a reference to it go to the page."""
    reference = secrets.token_hex(4)
    logger.error("a page failed, reference %s", reference, exc_info=error)
    show(unforeseen_notice(reference))
    return True


def name_and_meta(name: str, meta: str) -> None:
    """A file's name on one line, whole where the pointer rests on it, with a line of facts under it."""
    st.html(
        f'<div class="bd-name" title="{escape(name, quote=True)}">{escape(name)}</div>'
        f'<div class="bd-meta">{escape(meta)}</div>'
    )


def quote(text: str) -> None:
    """What the user wrote, line breaks kept."""
    st.html(f'<div class="bd-quote">{escape(text)}</div>')


def picture(url: str | None, alt: str, boxes: Sequence[Label] = ()) -> None:
    """A picture with its description, and a frame round each object found in it."""
    st.html(figure_html(url, alt, boxes=boxes))


def before_and_after(name: str, before: str | None, after: str | None, missing: str, waiting: bool) -> None:
    """Two pictures side by side, on a phone too. `missing` stands where there is no finished image."""
    st.html(
        '<div class="bd-pair">'
        + figure_html(before, f"{name}, before", "Before")
        + figure_html(after, f"{name}, after", "After", missing=missing, waiting=waiting)
        + "</div>"
    )


def figure_html(
    url: str | None,
    alt: str,
    caption: str = "",
    *,
    boxes: Sequence[Label] = (),
    missing: str = "No preview",
    waiting: bool = False,
) -> str:
    """HTML of one picture. Everything that comes from outside is escaped."""
    if url is None:
        pulse = " bd-waiting" if waiting else ""
        inner = f'<span class="bd-frame"><span class="bd-empty{pulse}">{escape(missing)}</span></span>'
    else:
        source, frames = escape(url, quote=True), _boxes_html(boxes)
        image = f'<img src="{source}" alt="{escape(alt, quote=True)}" loading="lazy">'
        inner = (
            f'<a class="bd-frame{" bd-boxed" if boxes else ""}" href="{source}" target="_blank" '
            f'rel="noopener noreferrer" title="Open in full size">{image}{frames}</a>'
        )
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="bd-figure">{inner}{text}</figure>'


def _boxes_html(labels: Sequence[Label]) -> str:
    """One frame a place: labels of the same thing (car, vehicle) share their box and its caption."""
    names: dict[tuple[float, ...], list[str]] = {}
    for label in labels:
        for box in label.boxes:
            names.setdefault(tuple(round(edge, 2) for edge in box), []).append(label.name)
    return "".join(
        f'<span class="bd-box" style="left:{left:.0%};top:{top:.0%};width:{width:.0%};height:{height:.0%}">'
        f"<span>{escape(', '.join(found))}</span></span>"
        for (left, top, width, height), found in names.items()
    )
