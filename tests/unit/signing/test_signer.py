"""Signing, and reading back with the library's own Reader as anybody would."""

from __future__ import annotations

import datetime
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import c2pa  # type: ignore[import-untyped]
import pytest

from backdrop.core.errors import ErrorCode, SigningFailed
from backdrop.imaging.encoding import CONTENT_TYPES, Format
from backdrop.signing import claims, signer
from backdrop.signing.identity import SigningIdentity, parse
from localcloud import signing
from tests.unit.signing.conftest import FORMATS, claim, identity_in, picture, pixels


def signed(identity: SigningIdentity, format_: Format) -> bytes:
    return signer.sign(identity, claims.manifest(claim(format_)), picture(format_), CONTENT_TYPES[format_])


def read(data: bytes, format_: Format, trusted: str | None = None) -> dict[str, Any]:
    settings = {"trust": {"user_anchors": trusted}} if trusted else {}
    with c2pa.Reader(CONTENT_TYPES[format_], io.BytesIO(data), context=c2pa.Context.from_dict(settings)) as reader:
        told: dict[str, Any] = json.loads(reader.json())
    return told


def failures(told: dict[str, Any]) -> set[str]:
    return {one["code"] for one in told["validation_results"]["activeManifest"]["failure"]}


@pytest.mark.parametrize("format_", FORMATS)
def test_a_signed_file_validates_and_its_picture_is_untouched(
    identity: SigningIdentity, home: Path, format_: Format
) -> None:
    data = signed(identity, format_)
    told = read(data, format_)
    assert told["validation_state"] == "Valid"
    assert failures(told) == {"signingCredential.untrusted"}, "the development CA, and nothing else"
    assert read(data, format_, signing.authority(home))["validation_state"] == "Trusted"
    assert pixels(data) == pixels(picture(format_))
    assert b"Iptc4xmpExt" in data, "the XMP packet stays"
    assert 0 < len(data) - len(picture(format_)) < 8000, "no thumbnail"
    manifest = told["manifests"][told["active_manifest"]]
    assert manifest["claim_generator_info"][0]["name"] == "Backdrop"
    assert manifest["ingredients"][0]["title"] == "mug.jpg"
    (actions,) = [one["data"]["actions"] for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2"]
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")


@pytest.mark.parametrize("format_", FORMATS)
def test_one_changed_byte_of_the_picture_is_found(identity: SigningIdentity, format_: Format) -> None:
    data = bytearray(signed(identity, format_))
    original = picture(format_)
    # In the middle of a noisy picture's file are its compressed pixels.
    middle = data.index(original[len(original) // 2 :][:16])
    data[middle] ^= 1
    told = read(bytes(data), format_)
    assert told["validation_state"] == "Invalid"
    assert failures(told) & {"assertion.dataHash.mismatch", "assertion.bmffHash.mismatch"}
    seen = signer.read(bytes(data), CONTENT_TYPES[format_])
    assert seen is not None
    assert not seen.intact


def test_our_reader_knows_our_own_manifest_and_no_other(identity: SigningIdentity) -> None:
    seen = signer.read(signed(identity, "JPEG"), "image/jpeg")
    assert seen is not None
    assert seen.intact
    assert claims.is_of(claim(), seen.manifest)
    assert claims.is_of(replace(claim(), made_at="2027-01-01T00:00:00.000Z"), seen.manifest)
    assert not claims.is_of(claim(seed=8), seen.manifest)
    assert not claims.is_of(claim(generator="local-renderer"), seen.manifest)
    assert signer.read(picture("JPEG"), "image/jpeg") is None


def test_a_pem_that_is_no_key_and_a_key_of_another_certificate_are_refused(
    identity: SigningIdentity, tmp_path: Path
) -> None:
    other = identity_in(tmp_path)
    with pytest.raises(SigningFailed, match="could not be signed") as caught:
        signed(replace(identity, private_key=other.private_key), "JPEG")
    assert caught.value.code is ErrorCode.SIGNING_FAILED
    broken = replace(identity, private_key="-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
    with pytest.raises(SigningFailed) as caught:
        signed(broken, "JPEG")
    assert "c2VjcmV0" not in str(caught.value)


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    expired = identity_in(tmp_path, datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=400))
    with pytest.raises(SigningFailed):
        signed(expired, "JPEG")


def test_a_damaged_file_is_refused(identity: SigningIdentity) -> None:
    with pytest.raises(SigningFailed):
        signer.sign(identity, claims.manifest(claim()), b"\xff\xd8 no picture", "image/jpeg")


def test_every_format_that_is_written_can_be_signed() -> None:
    assert all(signer.supports(CONTENT_TYPES[format_]) for format_ in FORMATS)
    assert not signer.supports("image/bmp")
    assert not signer.supports(None)


def test_the_secret_makes_the_identity(identity: SigningIdentity) -> None:
    body = {"certificateChain": identity.certificate_chain, "privateKey": identity.private_key}
    assert parse(json.dumps(body)) == identity
    stamped = parse(json.dumps({**body, "algorithm": "ES256", "timestampUrl": "https://tsa.example.com"}))
    assert (stamped.algorithm, stamped.timestamp_url) == ("es256", "https://tsa.example.com")
    assert "PRIVATE" not in repr(stamped)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"privateKey": "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0"}, "privateKey"),
        ({"privateKey": None}, "privateKey"),
        ({"certificateChain": "c2VjcmV0"}, "certificateChain"),
        ({"algorithm": "rs256"}, "algorithm"),
        ({"timestampUrl": "c2VjcmV0"}, "timestampUrl"),
    ],
)
def test_a_wrong_secret_is_refused_by_the_fields_name_and_never_shown(
    identity: SigningIdentity, change: dict[str, Any], named: str
) -> None:
    body = {"certificateChain": identity.certificate_chain, "privateKey": identity.private_key, **change}
    with pytest.raises(SigningFailed, match=named) as caught:
        parse(json.dumps(body))
    assert "c2VjcmV0" not in str(caught.value)
    for text in ("", "{", "[]", '"x"'):
        with pytest.raises(SigningFailed):
            parse(text)
