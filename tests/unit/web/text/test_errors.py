"""Failures in plain words with a next step."""

from __future__ import annotations

import pytest

from backdrop.api.schemas.photos import Error
from backdrop_client.errors import ApiError
from backdrop_web.text.errors import explain, explain_failure


def test_errors_of_the_api_list_their_details() -> None:
    details = [{"name": "mug.jpg", "message": "keeps nothing"}, "plain", {"field": "seed"}, {}]
    notice = explain(ApiError("NO_LABELS_KEPT", "Two photos keep nothing.", "Keep a label.", 400, details))

    assert notice.details == ("mug.jpg: keeps nothing", "plain", "seed")
    assert notice.sentence == "Two photos keep nothing. mug.jpg: keeps nothing plain seed Keep a label."


def test_a_failure_without_a_reason_still_says_something() -> None:
    assert explain_failure(None).next_step
    assert explain_failure(Error(code="X", message="It broke.", next_step="Mend it.")).sentence == "It broke. Mend it."


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (503, "Backdrop can't be reached right now."),
        (413, "Backdrop did not understand what this page sent."),
    ],
)
def test_what_a_gateway_says_by_itself_is_told_in_words(status: int, what: str) -> None:
    notice = explain(ApiError(f"HTTP_{status}", f"The service answered {status} Reason", "Try again later.", status))

    assert notice.what == what
    assert str(status) not in notice.sentence
