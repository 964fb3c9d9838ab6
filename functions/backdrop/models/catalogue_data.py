"""catalogue.json, and what the stack's configuration adds to it, for those who need one number of it and none of the
adapters behind `catalogue`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from backdrop.models.newer_versions import NewerVersion, find


@cache
def data() -> dict[str, Any]:
    """The whole file with the stack's newer versions among its services; not to be changed.

    Raises:
        NewerVersionsInvalid: the stack's parameter makes no sense.
    """
    read, services = _file(), dict(_file()["services"])
    for model_id, newer in newer_versions().items():
        services[model_id] = newer.row(services[newer.known_id])
    return {**read, "services": services}


@cache
def newer_versions() -> dict[str, NewerVersion]:
    """Models that the stack's configuration adds, by id.

    Raises:
        NewerVersionsInvalid: the stack's parameter makes no sense.
    """
    return find(_file()["services"])


@cache
def _file() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((Path(__file__).parent / "catalogue.json").read_text("utf-8"))
    return read


def usd_per_call(service_id: str, quality: str | None) -> float:
    """US dollars for a call at a quality level; None is the model's default.

    Raises:
        KeyError: the catalogue has no such id.
    """
    service = data()["services"][service_id]
    premium = service.get("usdPremium")
    return float(premium if quality == "premium" and premium is not None else service["usdPerCall"])


def requests_per_minute(service_id: str) -> int:
    """Default account quota of a Bedrock model id that a pass calls.

    Raises:
        KeyError: the catalogue has no such id.
    """
    return int(data()["services"][service_id]["requestsPerMinute"])


def regions(service_id: str) -> tuple[str, ...]:
    """Regions in which a Bedrock model id can be called; none where they are not verified.

    Raises:
        KeyError: the catalogue has no such id.
    """
    service, profile = data()["services"][service_id], data()["inferenceProfiles"].get(service_id.partition(".")[0])
    return tuple(profile["regions"] if profile else service.get("regions", ()))
