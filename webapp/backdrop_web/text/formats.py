"""Numbers, times and text as people read them."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backdrop.core.names import shown
from backdrop.core.naming import search_form

_PUNCTUATION = {ord(character): f"\\{character}" for character in string.punctuation}
# Streamlit looks for `:name:` and `:colour[...]` after Markdown is parsed, where an escape is gone already:
# an invisible word joiner behind the colon keeps a name such as `a:red[b].jpg` as it is.
_PUNCTUATION[ord(":")] = "\\:\u2060"

_GEOGRAPHY = re.compile(r"^(us|eu|apac|jp|au|ca|us-gov|global)\.(?=.*\.)")
_VERSION = re.compile(r"-v\d+(:\d+)?$")


def escape_markdown(text: str) -> str:
    """Return `text` such that Streamlit's Markdown shows it as it is: no markup, links, emoji codes or formulas, and
    nothing that turns the words around it."""
    return " ".join(shown(text).split()).translate(_PUNCTUATION)


def strip_punctuation(text: str) -> str:
    """Return `text` for a label that only screen readers meet: they would read the escapes of Markdown aloud."""
    return " ".join("".join(c if c.isalnum() or c in " .-" else " " for c in text).split())


def format_count(count: int, one: str, many: str | None = None) -> str:
    """Return `1 photo`, `2 photos`, `1,200 photos`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def format_money(dollars: float) -> str:
    """Return US dollars with as many digits as it takes to not show a price as zero."""
    digits = 2 if dollars >= 0.1 or dollars == 0 or round(dollars, 2) == dollars else 4
    return f"${dollars:,.{digits}f}"


def format_size(count: int) -> str:
    """Return a file size; 1 MB is 1024 x 1024 bytes, as Streamlit's own uploader counts."""
    if count < 1_048_576:
        return f"{max(count, 0) / 1024:,.0f} kB"
    megabytes = count / 1_048_576
    return f"{megabytes:,.0f} MB" if megabytes == int(megabytes) else f"{megabytes:,.1f} MB"


def format_duration(seconds: float) -> str:
    """Return a time to wait, rounded the way people say it."""
    whole = round(seconds)
    if whole < 60:
        return f"{max(whole, 1)} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def find_zone(zone: str | None) -> tzinfo:
    """Return the time zone of an IANA name; UTC when it is unknown."""
    try:
        return ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def format_local_time(moment: datetime, zone: str | None, now: datetime | None = None) -> str:
    """Return `moment` in the reader's time zone (an IANA name; UTC when unknown): `today 14:05`, `3 Nov 2026 14:05`."""
    tz = find_zone(zone)
    local = moment.astimezone(tz)
    today = (now or datetime.now(UTC)).astimezone(tz).date()
    if local.date() == today:
        return f"today {local:%H:%M}"
    return f"{local.day} {local:%b %Y %H:%M}"


def shorten_text(text: str, length: int) -> str:
    """Return `text` on one line, at most `length` characters, cut with an ellipsis."""
    flat = " ".join(shown(text).split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def fold_text(text: str) -> str:
    """Return `text` without case, accents and needless spaces: what is searched, and what is searched for."""
    return search_form(text)


def format_model_name(model_id: str) -> str:
    """Return a model's id as people read it: `us.stability.stable-image-x-v1:0` is `Stability: stable image x`."""
    bare = _GEOGRAPHY.sub("", _VERSION.sub("", model_id))
    vendor, _, name = bare.partition(".")
    return f"{vendor.capitalize()}: {name.replace('-', ' ')}" if name else bare


ONLY_ME = ""
"""Who sees a job that no team sees."""


def name_seer(team: str | None) -> str:
    """Return who sees a job, in words: the team of this name, or only who started it."""
    return f"Team {shown(team)}" if team else "Only me"
