"""What a manifest says, and what it must not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backdrop.core.vocabulary import Generator, Mode
from backdrop.imaging import encoding, provenance
from backdrop.signing import claims
from tests.unit.signing.conftest import INPAINT, PHOTO_SHA256, claim

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def edited(manifest: dict[str, Any]) -> dict[str, Any]:
    opened, edited = manifest["assertions"][0]["data"]["actions"]
    assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited")
    return dict(edited)


@pytest.mark.parametrize(
    ("generator", "term"),
    [
        ("trained-model", "compositeWithTrainedAlgorithmicMedia"),
        ("local-renderer", "composite"),
        ("none", "algorithmicallyEnhanced"),
    ],
)
def test_each_generator_has_the_true_source_type(generator: Generator, term: str) -> None:
    made = claim(generator=generator)
    assert edited(claims.manifest(made))["digitalSourceType"] == made.source_type == IPTC + term
    origin = provenance.Origin(generator, "0" * 26, "00000001")
    assert made.source_type.encode() in provenance.xmp_packet(origin), "the file's XMP packet says something else"


@pytest.mark.parametrize("generator", ["local-renderer", "none"])
def test_what_no_trained_model_made_is_not_said_to_be_ai(generator: Generator) -> None:
    text = json.dumps(claims.manifest(claim(generator=generator)))
    assert "rained" not in text
    assert "Synthetic" not in text
    assert "an AI model" not in text
    assert edited(claims.manifest(claim(generator=generator)))["softwareAgent"]["name"] == "Backdrop"


def test_the_model_and_the_seed_stand_in_the_action() -> None:
    action = edited(claims.manifest(claim()))
    assert action["softwareAgent"] == {"name": INPAINT}
    assert action["parameters"] == {"photoSha256": PHOTO_SHA256, "modelId": INPAINT, "seed": 7}
    plain = edited(claims.manifest(claim(generator="none")))
    assert plain["parameters"] == {"photoSha256": PHOTO_SHA256}, "no model painted anything"


def test_only_a_kept_product_is_said_to_be_the_photos_own() -> None:
    assert "not generated" in edited(claims.manifest(claim(mode=Mode.PRECISE)))["description"]
    assert "may differ" in edited(claims.manifest(claim(mode=Mode.DEFAULT)))["description"]
    assert "not generated" in edited(claims.manifest(claim(mode=Mode.DEFAULT, generator="none")))["description"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("mug.jpg", "mug.jpg"),
        ("C:\\Users\\ann\\shop\\mug.jpg", "mug.jpg"),
        ("/home/ann/mug.jpg", "mug.jpg"),
        ("ann/mug.jpg/", "mug.jpg"),
        ("mug", "mug"),
        ("/", "photo"),
        ("shoes/photo\u202egpj\u2028.exe.jpg", "photo\ufffdgpj .exe.jpg"),
    ],
)
def test_the_photo_is_told_by_name_and_hash_without_folders(name: str, title: str) -> None:
    manifest = claims.manifest(claim("PNG", photo_name=name))
    (ingredient,) = manifest["ingredients"]
    assert (ingredient["title"], ingredient["relationship"]) == (title, "parentOf")
    assert ingredient["instance_id"] == f"sha256:{PHOTO_SHA256}"
    assert manifest["title"] == f"{title.removesuffix('.jpg')}.png"
    assert "ann" not in json.dumps(manifest)


def test_the_extensions_are_those_of_the_files_that_are_written() -> None:
    for format_, extension in encoding.EXTENSIONS.items():
        assert claims.content_type_of(f"a/b.{extension.upper()}") == encoding.CONTENT_TYPES[format_]
    assert claims.content_type_of("a/b.gif") is None
