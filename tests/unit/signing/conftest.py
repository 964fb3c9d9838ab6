"""Identities of a development CA, and pictures to sign."""

from __future__ import annotations

import datetime
import io
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from backdrop.core.vocabulary import Mode
from backdrop.imaging.encoding import CONTENT_TYPES, EXTENSIONS, Format, encode
from backdrop.imaging.provenance import Origin, xmp_packet
from backdrop.signing.claims import Claim
from backdrop.signing.identity import SigningIdentity
from localcloud import signing

FORMATS: tuple[Format, ...] = ("JPEG", "PNG", "WEBP", "AVIF")
PHOTO_SHA256 = "5f" * 32
INPAINT = "us.stability.stable-image-inpaint-v1:0"


def identity_in(folder: Path, now: datetime.datetime | None = None) -> SigningIdentity:
    signing.make_certificate(folder, now or datetime.datetime.now(datetime.UTC))
    return SigningIdentity(
        (folder / "certificate-chain.pem").read_text("ascii"), (folder / "private-key.pem").read_text("ascii")
    )


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signing")


@pytest.fixture(scope="session")
def identity(home: Path) -> SigningIdentity:
    return identity_in(home)


@cache
def picture(format_: Format) -> bytes:
    """A finished image as DecodeResult writes it: sRGB profile and XMP packet in place."""
    image = Image.effect_noise((96, 64), 60).convert("RGB")
    return encode(image, format_, xmp=xmp_packet(Origin("trained-model", "0" * 26, "00000001", INPAINT, 7)))


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def claim(format_: Format = "JPEG", **changes: Any) -> Claim:
    values = {
        "generator": "trained-model",
        "mode": Mode.PRECISE,
        "model_id": INPAINT,
        "seed": 7,
        "photo_name": "mug.jpg",
        "photo_sha256": PHOTO_SHA256,
        "content_type": CONTENT_TYPES[format_],
        "extension": f".{EXTENSIONS[format_]}",
        "made_at": "2026-11-21T07:00:00.000Z",
    }
    return Claim(**{**values, **changes})
