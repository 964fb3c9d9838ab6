"""So many requests a person and minute: counted before anything is done, told in words, waited for by the client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backdrop.api import http
from backdrop.api.throttle import TooManyRequests, check_pace
from backdrop.core import keys

NOW = 60.0 * 1_000 + 17


class Counts:
    """Counts in memory."""

    def __init__(self) -> None:
        self.counted: dict[tuple[str, int], int] = {}

    def count_request(self, owner: str, minute: int, most: int) -> bool:
        before = self.counted.get((owner, minute), 0)
        if before >= most:
            return False
        self.counted[owner, minute] = before + 1
        return True


def event(method: str = "POST", sub: str | None = "ann") -> dict[str, Any]:
    return {"httpMethod": method, "requestContext": {"authorizer": {"claims": {"sub": sub} if sub else {}}}}


def test_a_full_minute_is_refused_in_words_and_says_when_to_come_again() -> None:
    counts = Counts()
    for _ in range(3):
        check_pace(event(), counts, 3, NOW)
    with pytest.raises(TooManyRequests) as refused:
        check_pace(event(), counts, 3, NOW)
    answer = http.refuse(refused.value)
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (429, "43")
    told = json.loads(answer["body"])["error"]
    assert told["code"] == "TOO_MANY_REQUESTS"
    assert "Wait 43 seconds" in told["nextStep"]

    check_pace(event(sub="bob"), counts, 3, NOW)
    check_pace(event(), counts, 3, NOW + 43)
    assert counts.counted[keys.owner_hash("ann"), 1_000] == 3


@pytest.mark.parametrize(("sent", "most"), [(event("GET"), 1), (event(sub=None), 1), (event(), 0), ({}, 1)])
def test_what_looks_is_nobodys_or_has_no_limit_is_not_counted(sent: dict[str, Any], most: int) -> None:
    counts = Counts()
    for _ in range(3):
        check_pace(sent, counts, most, NOW)
    assert counts.counted == {}
