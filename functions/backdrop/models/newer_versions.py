"""Newer versions of known models, as the stack's parameter `MoreModels` names them: each is used like the known one.

`NEW_ID/KNOWN_ID`, then, where they differ, `/usd:0.08` (US dollars a call), `/usdPremium:0.1` (at quality premium) and
`/perMinute:30` (the quota); several with commas between. Without adapters and catalogue: those ask here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

VARIABLE = "MORE_MODELS"

FAMILIES = (
    "us.stability.stable-image-inpaint",
    "us.stability.stable-image-search-replace",
    "amazon.nova-canvas",
    "amazon.titan-image-generator",
)
"""Ids without their versions. The template allows calls of every version of these, once `MoreModels` names one."""

_ID = rf"(?:{'|'.join(re.escape(one) for one in FAMILIES)})-v[0-9]{{1,3}}(?::[0-9]{{1,3}})?"
_USD = r"[0-9]{1,3}(?:\.[0-9]{1,6})?"
_ENTRY = re.compile(
    rf"(?P<id>{_ID})/(?P<known>{_ID})(?:/usd:(?P<usd>{_USD}))?(?:/usdPremium:(?P<premium>{_USD}))?"
    r"(?:/perMinute:(?P<minute>[1-9][0-9]{0,4}))?"
)


class NewerVersionsInvalid(Exception):
    """The parameter makes no sense; the message says what of it, and what would."""


class NewerVersion(NamedTuple):
    """A model that is used like a known one.

    Attributes:
        model_id: what a job names, and Bedrock is called with.
        known_id: the known model.
        usd: US dollars a call; None: the known one's, as is `usd_premium`.
        requests_per_minute: its quota; None: the known one's, or what Service Quotas tells.
    """

    model_id: str
    known_id: str
    usd: float | None
    usd_premium: float | None
    requests_per_minute: int | None

    def row(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Return its row of catalogue.json, made of the known one's."""
        row = {
            name: value
            for name, value in known.items()
            if name in ("usdPerCall", "usdPremium", "requestsPerMinute", "regions")
        }
        own = {
            "usdPerCall": self.usd,
            "usdPremium": self.usd_premium,
            "requestsPerMinute": self.requests_per_minute,
        }
        unsaid = [name for name in row if own.get(name) is None]
        said = {name: value for name, value in own.items() if value is not None}
        return {
            **row,
            **said,
            "state": "ACTIVE",
            "endOfLife": None,
            "unverified": unsaid,
            "quotaSaid": self.requests_per_minute is not None,
        }


def find(services: Mapping[str, Mapping[str, Any]]) -> dict[str, NewerVersion]:
    """Return what this function's environment says, by id; `services`: the catalogue's.

    Raises:
        NewerVersionsInvalid: the parameter makes no sense.
    """
    return parse(os.environ.get(VARIABLE, ""), services)


def parse(text: str, services: Mapping[str, Mapping[str, Any]]) -> dict[str, NewerVersion]:
    """Return the models of a parameter by id.

    Raises:
        NewerVersionsInvalid: an entry is not written as it must be, is known already or there twice, is like a model
            that is not known or of another family, or has the price of a quality that its family has not.
    """
    found: dict[str, NewerVersion] = {}
    for entry in filter(None, (one.strip() for one in text.split(","))):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise NewerVersionsInvalid(
                f"MoreModels: {entry!r} is not NEW_ID/KNOWN_ID[/usd:N][/usdPremium:N][/perMinute:N]; families that can"
                f" have newer versions are {', '.join(FAMILIES)}."
            )
        usd, premium, minute = match["usd"], match["premium"], match["minute"]
        one = NewerVersion(
            match["id"],
            match["known"],
            float(usd) if usd else None,
            float(premium) if premium else None,
            int(minute) if minute else None,
        )
        if problem := _problem(one, services, found):
            raise NewerVersionsInvalid(f"MoreModels: {one.model_id}: {problem}")
        found[one.model_id] = one
    return found


def _problem(
    one: NewerVersion, services: Mapping[str, Mapping[str, Any]], others: Mapping[str, NewerVersion]
) -> str | None:
    if one.model_id in services:
        return "it is known already; take it out of MoreModels."
    if one.model_id in others:
        return "it is named twice."
    if one.known_id not in services:
        known = ", ".join(service for service in services if service.startswith(FAMILIES))
        return f"it is said to be like {one.known_id}, which is not known; known are {known}."
    if _family(one.model_id) != _family(one.known_id):
        return f"{one.known_id} is of another family."
    has_premium = "usdPremium" in services[one.known_id]
    if one.usd_premium is not None and not has_premium:
        return f"{one.known_id} has no quality premium; leave usdPremium out."
    if has_premium and (one.usd is None) != (one.usd_premium is None):
        return "give both prices, usd and usdPremium, or neither."
    return None


def _family(model_id: str) -> str:
    return model_id.rpartition("-v")[0]
