"""The development certificate: its profile, its keeping, its renewal."""

from __future__ import annotations

import datetime
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from localcloud import signing

NOW = datetime.datetime.now(datetime.UTC)


class NotFound(Exception):
    pass


class Vault:
    """Secrets Manager as far as it is used."""

    class exceptions:  # noqa: N801 - boto3's
        ResourceNotFoundException = NotFound

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> dict[str, str]:  # noqa: N803
        if SecretId not in self.held:
            raise NotFound
        self.held[SecretId] = SecretString
        return {"ARN": f"arn:{SecretId}"}

    def create_secret(self, *, Name: str, SecretString: str) -> dict[str, str]:  # noqa: N803
        self.held[Name] = SecretString
        return {"ARN": f"arn:{Name}"}


def certificates(folder: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((folder / "certificate-chain.pem").read_bytes())


def test_the_certificate_keeps_c2pas_profile(tmp_path: Path) -> None:
    signing.make_certificate(tmp_path, NOW)
    certificate, ca = certificates(tmp_path)
    assert certificate.issuer == ca.subject != certificate.subject
    certificate.verify_directly_issued_by(ca)
    extensions = certificate.extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.EMAIL_PROTECTION
    ]
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert signing.authority(tmp_path) in (tmp_path / "certificate-chain.pem").read_text("ascii")


def test_only_the_user_may_read_the_key(tmp_path: Path) -> None:
    signing.make_certificate(tmp_path / "signing", NOW)
    assert stat.S_IMODE((tmp_path / "signing").stat().st_mode) == 0o700
    for file in (tmp_path / "signing").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_the_secret_is_made_once_kept_and_renewed_in_time(tmp_path: Path) -> None:
    vault: Any = Vault()
    arn = signing.ensure_secret(vault, tmp_path)
    first = dict(vault.held)
    body = json.loads(first[signing.SECRET_NAME])
    assert set(body) == {"certificateChain", "privateKey", "algorithm"}
    assert signing.ensure_secret(vault, tmp_path) == arn
    assert vault.held == first
    signing.make_certificate(tmp_path, NOW - datetime.timedelta(days=340))
    signing.ensure_secret(vault, tmp_path)
    assert certificates(tmp_path)[0].not_valid_after_utc > NOW + datetime.timedelta(days=300)
    assert vault.held != first


@pytest.mark.parametrize(("value", "on"), [("1", True), ("true", True), ("0", False), ("", False), (None, False)])
def test_it_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch, value: str | None, on: bool) -> None:
    if value is None:
        monkeypatch.delenv(signing.SWITCH, raising=False)
    else:
        monkeypatch.setenv(signing.SWITCH, value)
    assert signing.asked_for() is on
