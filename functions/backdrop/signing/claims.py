"""What an image's content credentials say: a C2PA manifest that claims what happened, and nothing else.

Source of the shapes: "Actions" and "Ingredient" of
https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html
The origin is the one that the file's XMP packet states (`imaging.provenance`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from backdrop.core.names import shown
from backdrop.core.version import VERSION
from backdrop.core.vocabulary import Generator, Mode
from backdrop.imaging.provenance import CREATOR_TOOL, SOURCE_TYPES

CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
"""Of a finished image, by its extension. `imaging.encoding` has the same by format, but comes with Pillow."""

_DESCRIPTIONS: Mapping[Generator, str] = {
    "trained-model": "The photo's background was replaced with one that an AI model generated.",
    "local-renderer": "The photo's background was replaced with one painted by rules, without generative AI.",
    "backdrop": "The photo's background was replaced with another picture, without generative AI by Backdrop.",
    "none": "The photo's background was removed or replaced with a plain colour.",
}

_SUBJECT_KEPT = "The product is the photo's own, not generated."
_SUBJECT_BLENDED = "The product was blended into the background, and its pixels may differ from the photo's."


@dataclass(frozen=True)
class Claim:
    """What is known of one finished image.

    Attributes:
        generator: what the background is from.
        mode: whether the product's pixels are the photo's own.
        model_id: of the model that generated the background; ignored when none did.
        seed: likewise.
        photo_name: as the user knows it; folders in it are left out.
        photo_sha256: hex, of the uploaded file.
        content_type: of the finished image.
        extension: of the finished image, with its dot.
        made_at: ISO 8601, UTC.
    """

    generator: Generator
    mode: Mode
    model_id: str
    seed: int
    photo_name: str
    photo_sha256: str
    content_type: str
    extension: str
    made_at: str

    @property
    def source_type(self) -> str:
        """The URI of IPTC's term: the one that the file's XMP packet has."""
        return SOURCE_TYPES[self.generator]


def content_type_of(key: str) -> str | None:
    """Content type of a finished image by its key's extension; None for one that Backdrop does not write."""
    return CONTENT_TYPES.get(PurePosixPath(key).suffix.lower())


def manifest(claim: Claim) -> dict[str, Any]:
    """The manifest definition of a finished image, as c2pa's Builder takes it.

    The photo is named and identified by its hash; neither its content nor its metadata (or credentials it may have
    had, which can tell a place and a person) goes along. Nothing of the job, its owner or its prompt is told.
    """
    name = _file_name(claim.photo_name)
    return {
        "claim_version": 2,
        "claim_generator_info": [{"name": CREATOR_TOOL, "version": VERSION}],
        "title": f"{PurePosixPath(name).stem}{claim.extension}",
        "format": claim.content_type,
        "ingredients": [_photo(claim, name)],
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {"action": "c2pa.opened", "parameters": {"ingredientIds": ["photo"]}},
                        _edited(claim),
                    ]
                },
            }
        ],
    }


def is_of(claim: Claim, seen: Mapping[str, Any]) -> bool:
    """Whether `seen`, the manifest that a file carries, is the one that `claim` makes (but for its times)."""
    generators = [one.get("name") for one in seen.get("claim_generator_info", [])]
    actions = [
        action
        for assertion in seen.get("assertions", [])
        if assertion.get("label", "").startswith("c2pa.actions")
        for action in assertion["data"].get("actions", [])
    ]
    wanted = _edited(claim)
    return CREATOR_TOOL in generators and any(
        all(action.get(field) == wanted[field] for field in ("action", "digitalSourceType", "parameters"))
        for action in actions
    )


def _photo(claim: Claim, name: str) -> dict[str, Any]:
    ingredient = {
        "label": "photo",
        "title": name,
        "relationship": "parentOf",
        "instance_id": f"sha256:{claim.photo_sha256}",
    }
    content_type = content_type_of(name)
    return {**ingredient, "format": content_type} if content_type else ingredient


def _edited(claim: Claim) -> dict[str, Any]:
    painted = claim.generator in ("trained-model", "local-renderer")
    blended = painted and claim.mode is Mode.DEFAULT
    subject = _SUBJECT_BLENDED if blended else _SUBJECT_KEPT
    parameters: dict[str, Any] = {"photoSha256": claim.photo_sha256}
    agent = {"name": CREATOR_TOOL, "version": VERSION}
    if painted:
        parameters |= {"modelId": claim.model_id, "seed": claim.seed}
    if claim.generator == "trained-model":
        agent = {"name": claim.model_id}
    return {
        "action": "c2pa.edited",
        "when": claim.made_at,
        "softwareAgent": agent,
        "digitalSourceType": claim.source_type,
        "description": f"{_DESCRIPTIONS[claim.generator]} {subject}",
        "parameters": parameters,
    }


def _file_name(name: str) -> str:
    """The last part of a name that may have folders, of any system's kind, as it may be shown anywhere."""
    return shown(name.replace("\\", "/").rstrip("/").rpartition("/")[2]) or "photo"
