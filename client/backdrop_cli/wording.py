"""How numbers, names and failures read on a terminal."""

from __future__ import annotations

from backdrop.api.schemas.photos import Error
from backdrop.core.names import shown


def problem_lines(name: str, failure: Error) -> list[str]:
    """A photo's failure: what, why, what next."""
    return reason_lines(name, failure.message, failure.code, failure.next_step)


def reason_lines(name: str, message: str, code: str, next_step: str) -> list[str]:
    """An image's name, what is the matter with it, what next."""
    lines = [f"  {shown(name)}: {shown(message)} ({shown(code)})"]
    if next_step:
        lines.append(f"    -> {shown(next_step)}")
    return lines


def duration(seconds: float) -> str:
    """Return a duration in words: `40 s`, `12 min`, `3 h 20 min`."""
    whole = max(1, round(seconds))
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def money(usd: float) -> str:
    """Return US dollars, with as many digits as a small price needs."""
    return f"${usd:,.2f}" if usd >= 1 or usd == 0 else f"${usd:.3f}"
