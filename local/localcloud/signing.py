"""A development certificate for content credentials: made on first use, kept in the home, stored as a secret.

Nobody but its owner trusts it: readers of a signed image say that the signature is good and the signer unknown.
"""

import datetime
import json
import os
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SECRET_NAME = "backdrop-local-content-credentials"  # noqa: S105 - a name
SECRET_PARAMETER = "ContentCredentialsSecretArn"  # noqa: S105 - a name
SWITCH = "BACKDROP_CONTENT_CREDENTIALS"
AUTHORITY = "authority.pem"

_DAYS = 365
_RENEW_BEFORE = datetime.timedelta(days=30)
_CHAIN, _KEY = "certificate-chain.pem", "private-key.pem"


def asked_for() -> bool:
    """Whether `BACKDROP_CONTENT_CREDENTIALS` is set to something that means yes."""
    return os.environ.get(SWITCH, "").lower() in ("1", "true", "yes", "on")


def ensure_secret(client: Any, folder: Path) -> str:
    """The ARN of the secret with the certificate of `folder`, which is made when it is missing or soon expires.

    client: boto3's `secretsmanager`. The shape of the secret is `backdrop.signing.identity`'s.
    """
    now = datetime.datetime.now(datetime.UTC)
    if not _usable(folder, now):
        make_certificate(folder, now)
    value = json.dumps(
        {
            "certificateChain": (folder / _CHAIN).read_text(encoding="ascii"),
            "privateKey": (folder / _KEY).read_text(encoding="ascii"),
            "algorithm": "es256",
        }
    )
    try:
        return str(client.put_secret_value(SecretId=SECRET_NAME, SecretString=value)["ARN"])
    except client.exceptions.ResourceNotFoundException:
        return str(client.create_secret(Name=SECRET_NAME, SecretString=value)["ARN"])


def authority(folder: Path) -> str:
    """The development CA's certificate in PEM: what a reader has to trust to trust the images of this home."""
    return (folder / AUTHORITY).read_text(encoding="ascii")


def make_certificate(folder: Path, now: datetime.datetime) -> None:
    """Write a new CA, a signing certificate of it and that one's key; only this user may read them.

    The certificate keeps C2PA's profile: version 3, not self-signed, no CA, key usage digitalSignature, an extended
    key usage that C2PA readers accept ("X.509 Certificates" of
    https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html).
    The CA's own key is thrown away: it signs once.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, name = _name("Backdrop development CA"), _name("Backdrop on this computer")
    ca = (
        _builder(ca_name, ca_name, ca_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    certificate = (
        _builder(name, ca_name, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    authority_pem = ca.public_bytes(serialization.Encoding.PEM)
    _write(folder / _KEY, private)
    _write(folder / _CHAIN, certificate.public_bytes(serialization.Encoding.PEM) + authority_pem)
    _write(folder / AUTHORITY, authority_pem)


def _usable(folder: Path, now: datetime.datetime) -> bool:
    if not all((folder / name).exists() for name in (_CHAIN, _KEY, AUTHORITY)):
        return False
    certificate = x509.load_pem_x509_certificate((folder / _CHAIN).read_bytes())
    return certificate.not_valid_after_utc > now + _RENEW_BEFORE


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Backdrop development"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks differ.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _write(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
