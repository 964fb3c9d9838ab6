"""What an estimate says, in words: the same wherever something is about to be paid."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from backdrop_client.answers import Estimate
from backdrop_web.streamlit_shell import elements
from backdrop_web.text.errors import Notice
from backdrop_web.text.formats import literal, money, plural

_SHOWN_PROBLEMS = 5


def price(found: Estimate) -> None:
    """Pictures, price and model calls. Settings that make no job have none."""
    if not found.calls and found.problems:
        return
    st.markdown(_price_line(found))
    _calls(found)


def problems(found: Estimate) -> list[Notice]:
    """What stands against the job."""
    return [Notice(problem.message, problem.next_step) for problem in found.problems]


def tell(notices: Sequence[Notice]) -> None:
    """The first few, and how many more there are."""
    for notice in notices[:_SHOWN_PROBLEMS]:
        elements.show(notice)
    if (more := len(notices) - _SHOWN_PROBLEMS) > 0:
        st.caption(f"And {plural(more, 'more problem')}.")


def ask_again(found: Estimate) -> None:
    """The question before a job that costs more than a little."""
    amount = f"about {money(found.usd)}" if found.usd is not None else "an amount that is not known here"
    st.warning(
        f"**This job costs {literal(amount)}** for {plural(found.images, 'picture')}. Pictures are paid for as they are"
        " made, also those that you do not like.",
        icon=":material/payments:",
    )


def _price_line(found: Estimate) -> str:
    images = plural(found.images, "picture")
    if not any(call.calls for call in found.calls) or found.usd == 0:
        return f"**{images}, free of charge.** No paid model is called."
    if found.usd is None:
        return f"**{images}.** The price of this model is not known here."
    each = literal(money(found.usd / found.images)) if found.images else ""
    return f"**{images}, about {literal(money(found.usd))}**" + (f" ({each} each)" if each else "")


def _calls(found: Estimate) -> None:
    total = sum(call.calls for call in found.calls)
    if not total:
        return
    dated = f" at the prices of {literal(found.price_date)}" if found.price_date else ""
    paid = "is" if found.reused_calls == 1 else "are"
    saved = f" {plural(found.reused_calls, 'call')} of the photo that you tried {paid} paid already."
    st.caption(f":material/receipt_long: {plural(total, 'model call')}{dated}.{saved if found.reused_calls else ''}")
    if len(found.calls) > 1:
        lines = [
            f"{literal(call.model_id)}: {call.calls:,}"
            + (f" × {literal(money(call.usd_per_call))}" if call.usd_per_call is not None else "")
            for call in found.calls
        ]
        with st.expander("What the calls are"):
            st.markdown("\n".join(f"- {line}" for line in lines))
