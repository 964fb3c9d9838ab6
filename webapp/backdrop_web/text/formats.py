"""Numbers, times and text as people read them, in the reader's language."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates, numbers, units

from backdrop.core import clock
from backdrop.core.names import shown
from backdrop.core.naming import search_form
from backdrop.core.words import catalogue
from backdrop.core.words.languages import ENGLISH
from backdrop_web.text import language
from backdrop_web.text.language import translate, translate_text

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


def format_money(dollars: float) -> str:
    """Return US dollars with as many digits as it takes to not show a price as zero: `$0.14`, in German `0,14 $`."""
    digits = 2 if dollars >= 0.1 or dollars == 0 or round(dollars, 2) == dollars else 4
    amount = f"{dollars:.{digits}f}"
    if (tongue := language.find_language()) == ENGLISH:
        return f"${Decimal(amount):,}"
    return numbers.format_currency(Decimal(amount), "USD", locale=tongue, decimal_quantization=False)


def format_number(number: float, digits: int = 0) -> str:
    """Return a number with so many decimal places: `1,234.5`, in German `1.234,5`."""
    return catalogue.write_number(language.find_language(), f"{number:,.{digits}f}")


def format_size(count: int) -> str:
    """Return a file size; 1 MB is 1024 x 1024 bytes, as Streamlit's own uploader counts."""
    if count < 1_048_576:
        return f"{format_number(max(count, 0) / 1024)} kB"
    megabytes = count / 1_048_576
    return f"{format_number(megabytes, 0 if megabytes == int(megabytes) else 1)} MB"


def format_duration(seconds: float) -> str:
    """Return a time to wait, rounded the way people say it: `2 h 5 min`, in German `2 Std. 5 Min.`."""
    whole = round(seconds)
    if whole < 60:
        return _format_unit(max(whole, 1), "second", "s")
    minutes = round(whole / 60)
    if minutes < 90:
        return _format_unit(minutes, "minute", "min")
    return f"{_format_unit(minutes // 60, 'hour', 'h')} {_format_unit(minutes % 60, 'minute', 'min')}"


def format_wait(seconds: float) -> str:
    """Return a time to come, as exact as it can be known: `about 7 min`."""
    return translate_text(clock.about(seconds))


def _format_unit(number: int, unit: str, english: str) -> str:
    tongue = language.find_language()
    if tongue == ENGLISH:
        return f"{number} {english}"
    return units.format_unit(number, f"duration-{unit}", length="short", locale=tongue)


def format_day(day: str) -> str:
    """Return an ISO date, `2026-11-03`, as the reader's language writes it: in German `03.11.2026`."""
    tongue = language.find_language()
    if tongue == ENGLISH:
        return day
    try:
        return dates.format_date(date.fromisoformat(day), "medium", locale=tongue)
    except ValueError:
        return day


def choose_date_field() -> str:
    """Return how a field for dates writes them (`format` of `st.date_input`): `DD.MM.YYYY` in German."""
    tongue = language.find_language()
    pattern = "" if tongue == ENGLISH else dates.get_date_format("short", locale=tongue).pattern
    parts = re.fullmatch(r"([dMy])\1*([/.-])([dMy])\3*\2([dMy])\4*", pattern)
    order = "".join(parts[place] for place in (1, 3, 4)) if parts else ""
    if not parts or order not in ("yMd", "dMy", "Mdy"):
        return "YYYY-MM-DD"
    return parts[2].join({"d": "DD", "M": "MM", "y": "YYYY"}[one] for one in order)


def find_zone(zone: str | None) -> tzinfo:
    """Return the time zone of an IANA name; UTC when it is unknown."""
    try:
        return ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def format_local_time(moment: datetime, zone: str | None, now: datetime | None = None) -> str:
    """Return `moment` in the reader's time zone (an IANA name; UTC when unknown): `today 14:05`, `3 Nov 2026 14:05`,
    in German `3. Nov. 2026 14:05`."""
    tz = find_zone(zone)
    local = moment.astimezone(tz)
    today = (now or datetime.now(UTC)).astimezone(tz).date()
    tongue = language.find_language()
    time = f"{local:%H:%M}" if tongue == ENGLISH else dates.format_time(local, "short", tzinfo=tz, locale=tongue)
    if local.date() == today:
        return translate("today {time}", time=time)
    if tongue == ENGLISH:
        return f"{local.day} {local:%b %Y} {time}"
    return f"{dates.format_skeleton('yMMMd', local, tzinfo=tz, locale=tongue)} {time}"


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
    return translate("Team {team}", team=shown(team)) if team else translate("Only me")
