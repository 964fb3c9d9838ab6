"""What an estimate says, in words: the same wherever something is about to be paid."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from backdrop.api.schemas.jobs import Estimate
from backdrop_web.streamlit_shell import elements
from backdrop_web.text.errors import Notice
from backdrop_web.text.formats import escape_markdown, format_day, format_money, format_number
from backdrop_web.text.language import translate, translate_count, translate_text

_SHOWN_PROBLEMS = 5


def show_price(found: Estimate, *, at_most: bool = False) -> None:
    """Show pictures, price and model calls. Settings that make no job have none. `at_most`: less may be paid, where
    the cut-outs are there already."""
    if not found.calls and found.problems:
        return
    st.markdown(_describe_price(found, at_most=at_most))
    if found.equal_photos:
        same = translate_count(
            "{count:,} photo is the same as another: made and paid for once. Each name gets its picture.",
            "{count:,} photos are the same as others: made and paid for once. Each name gets its picture.",
            found.equal_photos,
        )
        st.caption(f":material/file_copy: {same}")
    if found.cut_out_already:
        cut = translate_count(
            "{count:,} photo is cut out already: the file's own transparency is used.",
            "{count:,} photos are cut out already: the file's own transparency is used.",
            found.cut_out_already,
        )
        st.caption(f":material/content_cut: {cut}")
    if found.answer_days and any(call.calls for call in found.calls):
        once = translate_count(
            "The same photo with the same words is not paid for twice within {count:,} day.",
            "The same photo with the same words is not paid for twice within {count:,} days.",
            found.answer_days,
        )
        st.caption(f":material/recycling: {once}")
    _show_calls(found)


def list_problems(found: Estimate) -> list[Notice]:
    """Return what stands against the job."""
    return [Notice(translate_text(problem.message), translate_text(problem.next_step)) for problem in found.problems]


def show_problems(notices: Sequence[Notice]) -> None:
    """Show the first few, and how many more there are."""
    for notice in notices[:_SHOWN_PROBLEMS]:
        elements.show_notice(notice)
    if (more := len(notices) - _SHOWN_PROBLEMS) > 0:
        st.caption(translate_count("And {count:,} more problem.", "And {count:,} more problems.", more))


def show_question(found: Estimate) -> None:
    """Show the question before a job that costs more than a little."""
    if found.usd is not None:
        asked = translate_count(
            "**This job costs about {price}** for {count:,} picture. Pictures are paid for as they are made, also those"
            " that you do not like.",
            "**This job costs about {price}** for {count:,} pictures. Pictures are paid for as they are made, also"
            " those that you do not like.",
            found.images,
            price=escape_markdown(format_money(found.usd)),
        )
    else:
        asked = translate_count(
            "**This job costs an amount that is not known here** for {count:,} picture. Pictures are paid for as they"
            " are made, also those that you do not like.",
            "**This job costs an amount that is not known here** for {count:,} pictures. Pictures are paid for as they"
            " are made, also those that you do not like.",
            found.images,
        )
    st.warning(asked, icon=":material/payments:")


def _describe_price(found: Estimate, *, at_most: bool) -> str:
    count = found.images
    if not any(call.calls for call in found.calls) or found.usd == 0:
        return translate_count(
            "**{count:,} picture, free of charge.** No paid model is called.",
            "**{count:,} pictures, free of charge.** No paid model is called.",
            count,
        )
    if found.usd is None:
        return translate_count(
            "**{count:,} picture.** The price of this model is not known here.",
            "**{count:,} pictures.** The price of this model is not known here.",
            count,
        )
    price = escape_markdown(format_money(found.usd))
    if at_most:
        return translate_count(
            "**{count:,} picture, at most {price}:** cut-outs that are there are not paid again.",
            "**{count:,} pictures, at most {price}:** cut-outs that are there are not paid again.",
            count,
            price=price,
        )
    if not count:
        return translate_count(
            "**{count:,} picture, about {price}**", "**{count:,} pictures, about {price}**", 0, price=price
        )
    return translate_count(
        "**{count:,} picture, about {price}** ({each} each)",
        "**{count:,} pictures, about {price}** ({each} each)",
        count,
        price=price,
        each=escape_markdown(format_money(found.usd / count)),
    )


def _show_calls(found: Estimate) -> None:
    total = sum(call.calls for call in found.calls)
    if not total:
        return
    told = [_tell_calls(total, found.price_date)]
    if found.reused_calls:
        told.append(
            translate_count(
                "Not counted: {count:,} call for the photo that you tried. It is paid already.",
                "Not counted: {count:,} calls for the photo that you tried. They are paid already.",
                found.reused_calls,
            )
        )
    st.caption(f":material/receipt_long: {' '.join(told)}")
    if len(found.calls) > 1:
        lines = [
            f"{escape_markdown(call.model_id)}: {format_number(call.calls)}"
            + (f" × {escape_markdown(format_money(call.usd_per_call))}" if call.usd_per_call is not None else "")
            for call in found.calls
        ]
        with st.expander(translate("What the calls are")):
            st.markdown("\n".join(f"- {line}" for line in lines))


def _tell_calls(total: int, price_date: str | None) -> str:
    if not price_date:
        return translate_count("{count:,} model call.", "{count:,} model calls.", total)
    return translate_count(
        "{count:,} model call at the prices of {day}.",
        "{count:,} model calls at the prices of {day}.",
        total,
        day=escape_markdown(format_day(price_date)),
    )
