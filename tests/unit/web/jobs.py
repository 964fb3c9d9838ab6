"""Jobs in the fake service, and what a page says of them."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from backdrop.api.schemas.jobs import Job
from backdrop.core.request import JobRequest
from backdrop_client.api import NewPhoto
from tests.unit.web.fakes import FakeApi


def make_job(api: FakeApi, names: list[str], prompt: str = "oak table & <light>", **request: Any) -> Job:
    """A submitted job of photos of these names."""
    draft_id = api.create_draft().draft_id
    for answer in api.add_photos(draft_id, [NewPhoto(name, 100) for name in names]):
        api.inspect_photo(draft_id, answer.photo_id or "")
    return api.submit(draft_id, JobRequest(prompt, **request))


def grid(app: AppTest) -> dict[str, Any]:
    """What the page tells the review component."""
    found = [element for element in app.get("bidi_component") if element.proto.component_name == "backdrop_review"]
    told: dict[str, Any] = json.loads(found[-1].proto.json)
    return told


def place_of_grid(app: AppTest) -> list[int]:
    """Where the grid stands: its places in what it lies in, from the outermost. In another place it is drawn from
    scratch, and what is open in it closes."""

    def search(node: Any) -> list[int] | None:
        if getattr(getattr(node, "proto", None), "component_name", "") == "backdrop_review":
            return []
        for place, child in getattr(node, "children", {}).items():
            if (below := search(child)) is not None:
                return [place, *below]
        return None

    found = search(app.main)
    assert found is not None
    return found


def tiles(app: AppTest) -> list[tuple[str, str]]:
    """Name and state of each image in the grid."""
    return [(item["name"], item["verdict"] or item["state"]) for item in grid(app)["records"]]


def links(app: AppTest) -> dict[str, str]:
    """Link buttons of the page: text -> address."""
    return {element.proto.label: element.proto.url for element in app.get("link_button")}
