"""What `backdrop explain` says of a file's content credentials."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from backdrop.imaging.encoding import CONTENT_TYPES, Format
from backdrop.signing import claims, signer
from backdrop.signing.identity import SigningIdentity
from backdrop_client.proof.credentials import check_credentials
from tests.unit.signing.conftest import FORMATS, claim, picture


@pytest.mark.parametrize("format_", FORMATS)
def test_they_hold_until_a_byte_is_changed(identity: SigningIdentity, tmp_path: Path, format_: Format) -> None:
    original = picture(format_)
    data = signer.sign(identity, claims.manifest(claim(format_)), original, CONTENT_TYPES[format_])
    file = tmp_path / "mug"
    file.write_bytes(data)
    seen = check_credentials(file)
    assert seen is not None
    assert (seen.intact, "hold: signed by" in seen.words) == (True, True)

    middle = data.index(original[len(original) // 2 :][:16])
    file.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    seen = check_credentials(file)
    assert seen is not None
    assert (seen.intact, "do not hold" in seen.words) == (False, True)

    file.write_bytes(original)
    assert check_credentials(file) is None


def test_without_the_library_it_is_said(
    identity: SigningIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mug").write_bytes(signer.sign(identity, claims.manifest(claim("JPEG")), picture("JPEG"), "image/jpeg"))
    monkeypatch.setitem(sys.modules, "c2pa", None)

    seen = check_credentials(tmp_path / "mug")

    assert seen is not None
    assert (seen.intact, "was not checked" in seen.words) == (None, True)
