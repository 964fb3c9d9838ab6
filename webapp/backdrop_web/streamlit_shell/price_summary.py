"""What an estimate says, in words: the same wherever something is about to be paid."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from backdrop.api.schemas.jobs import Estimate
from backdrop_web.streamlit_shell import elements
from backdrop_web.text.errors import Notice
from backdrop_web.text.formats import escape_markdown, format_count, format_money

_SHOWN_PROBLEMS = 5


def show_price(found: Estimate) -> None:
    """Show pictures, price and model calls. Settings that make no job have none."""
    if not found.calls and found.problems:
        return
    st.markdown(_describe_price(found))
    if found.equal_photos:
        same = (
            "1 photo is the same as another"
            if found.equal_photos == 1
            else f"{found.equal_photos:,} photos are the same as others"
        )
        st.caption(f":material/file_copy: {same}: made and paid for once. Each name gets its picture.")
    if found.cut_out_already:
        photos = "1 photo is" if found.cut_out_already == 1 else f"{found.cut_out_already:,} photos are"
        st.caption(f":material/content_cut: {photos} cut out already: the file's own transparency is used.")
    if found.answer_days and any(call.calls for call in found.calls):
        days = format_count(found.answer_days, "day")
        st.caption(f":material/recycling: The same photo with the same words is not paid for twice within {days}.")
    _show_calls(found)


def list_problems(found: Estimate) -> list[Notice]:
    """Return what stands against the job."""
    return [Notice(problem.message, problem.next_step) for problem in found.problems]


def show_problems(notices: Sequence[Notice]) -> None:
    """Show the first few, and how many more there are."""
    for notice in notices[:_SHOWN_PROBLEMS]:
        elements.show_notice(notice)
    if (more := len(notices) - _SHOWN_PROBLEMS) > 0:
        st.caption(f"And {format_count(more, 'more problem')}.")


def show_question(found: Estimate) -> None:
    """Show the question before a job that costs more than a little."""
    amount = f"about {format_money(found.usd)}" if found.usd is not None else "an amount that is not known here"
    st.warning(
        f"**This job costs {escape_markdown(amount)}** for {format_count(found.images, 'picture')}. "
        "Pictures are paid for as they are made, also those that you do not like.",
        icon=":material/payments:",
    )


def _describe_price(found: Estimate) -> str:
    images = format_count(found.images, "picture")
    if not any(call.calls for call in found.calls) or found.usd == 0:
        return f"**{images}, free of charge.** No paid model is called."
    if found.usd is None:
        return f"**{images}.** The price of this model is not known here."
    each = escape_markdown(format_money(found.usd / found.images)) if found.images else ""
    return f"**{images}, about {escape_markdown(format_money(found.usd))}**" + (f" ({each} each)" if each else "")


def _show_calls(found: Estimate) -> None:
    total = sum(call.calls for call in found.calls)
    if not total:
        return
    dated = f" at the prices of {escape_markdown(found.price_date)}" if found.price_date else ""
    paid = "is" if found.reused_calls == 1 else "are"
    saved = f" {format_count(found.reused_calls, 'call')} of the photo that you tried {paid} paid already."
    st.caption(
        f":material/receipt_long: {format_count(total, 'model call')}{dated}.{saved if found.reused_calls else ''}"
    )
    if len(found.calls) > 1:
        lines = [
            f"{escape_markdown(call.model_id)}: {call.calls:,}"
            + (f" × {escape_markdown(format_money(call.usd_per_call))}" if call.usd_per_call is not None else "")
            for call in found.calls
        ]
        with st.expander("What the calls are"):
            st.markdown("\n".join(f"- {line}" for line in lines))
