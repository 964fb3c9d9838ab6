"""The step as Step Functions calls it, with the bucket and the secret in memory."""

from __future__ import annotations

import hashlib
import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from backdrop.aws import clients
from backdrop.aws.objects import Objects
from backdrop.aws.secrets import Secrets
from backdrop.core.errors import BackdropError, ErrorCode, SigningFailed, explain
from backdrop.imaging.encoding import CONTENT_TYPES, EXTENSIONS, Format
from backdrop.signing import signer
from backdrop.signing.identity import SigningIdentity
from tests.unit.signing.conftest import FORMATS, INPAINT, PHOTO_SHA256, identity_in, picture, pixels

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:signing-AbCdEf"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class Vault:
    """Secrets Manager with one secret; counts how often it is asked."""

    def __init__(self, identity: SigningIdentity) -> None:
        self.asked = 0
        self.hold(identity)

    def hold(self, identity: SigningIdentity) -> None:
        body = {"certificateChain": identity.certificate_chain, "privateKey": identity.private_key}
        self.text = json.dumps(body)

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's
        assert SecretId == ARN
        self.asked += 1
        return {"SecretString": self.text}


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, identity: SigningIdentity) -> Vault:
    vault = Vault(identity)
    monkeypatch.setattr(clients, "secretsmanager", lambda: vault)
    return vault


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    held: dict[str, bytes] = {}

    def get(_bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        if key not in held:
            raise BackdropError(missing, f"There is no object {key}.")
        return held[key]

    def put(_bucket: str, key: str, data: bytes, content_type: str, tagging: str = "") -> None:
        assert content_type in CONTENT_TYPES.values()
        held[key] = data

    monkeypatch.setattr(Objects, "get", staticmethod(get))
    monkeypatch.setattr(Objects, "put", staticmethod(put))
    return held


@pytest.fixture
def sign_result(monkeypatch: pytest.MonkeyPatch, vault: Vault, bucket: dict[str, bytes]) -> ModuleType:
    monkeypatch.setenv("CONTENT_CREDENTIALS_SECRET_ARN", ARN)
    return importlib.reload(importlib.import_module("backdrop.handlers.sign_result"))


def state(bucket: dict[str, bytes], format_: Format = "JPEG", **job: Any) -> dict[str, Any]:
    """The child's state after DecodeResult, with its image in the bucket."""
    data = picture(format_)
    key = f"generated-image-files/x/mug-00000001.{EXTENSIONS[format_]}"
    bucket[key] = data
    result = {"OutputKey": key, "OutputBytes": len(data), "OutputSha256": hashlib.sha256(data).hexdigest()}
    return {
        "Job": {
            "Id": "j",
            "S3Bucket": "b",
            "InputS3Prefix": "image-files/x",
            "OutputS3Prefix": "generated-image-files/x",
            "Mode": "PRECISE",
            "ModelId": INPAINT,
            "Prompt": "secret plan",
            "NegativePrompt": "",
            "RequestedBy": "a@b.c",
            "Generator": "trained-model",
            **job,
        },
        "Item": {
            "ImageId": "00000001",
            "ImageName": "shop/mug.jpg",
            "Key": "image-files/x/mug-00000001.jpg",
            "Labels": "Mug",
        },
        "Result": {**result, "OutputWidth": 96, "OutputHeight": 64},
        "Record": {
            "ModelId": INPAINT,
            "Seed": "7",
            "SourceSha256": PHOTO_SHA256,
            "Review": '{"flags":[{"code":"HALO","measured":1.0,"threshold":0.5}]}',
            **{name: str(value) for name, value in result.items()},
        },
        "Done": True,
    }


@pytest.mark.parametrize("format_", FORMATS)
def test_the_file_is_signed_in_place_and_what_is_recorded_is_the_signed_files(
    sign_result: ModuleType, bucket: dict[str, bytes], format_: Format
) -> None:
    event = state(bucket, format_)
    key = event["Result"]["OutputKey"]
    answer = sign_result.handler(event, None)
    data = bucket[key]
    assert pixels(data) == pixels(picture(format_))
    assert answer["Result"]["OutputBytes"] == len(data) > len(picture(format_))
    assert answer["Result"]["OutputSha256"] == hashlib.sha256(data).hexdigest()
    assert answer["Result"]["Signed"] is True
    assert answer["Record"]["OutputBytes"] == str(len(data))
    assert answer["Record"]["OutputSha256"] == answer["Result"]["OutputSha256"]
    assert all(isinstance(value, str) for value in answer["Record"].values())
    review = json.loads(answer["Record"]["Review"])
    assert review["flags"][0]["code"] == "HALO", "what was there stays"
    assert review["credentials"] == {
        "signed": True,
        "digitalSourceType": IPTC + "compositeWithTrainedAlgorithmicMedia",
    }
    untouched = set(event) - {"Result", "Record"}
    assert {name: answer[name] for name in untouched} == {name: event[name] for name in untouched}
    seen = signer.read(data, CONTENT_TYPES[format_])
    assert seen is not None
    assert seen.intact


def test_nothing_private_goes_along(sign_result: ModuleType, bucket: dict[str, bytes]) -> None:
    event = state(bucket)
    sign_result.handler(event, None)
    added = bucket[event["Result"]["OutputKey"]].replace(picture("JPEG"), b"")
    for private in (b"secret plan", b"a@b.c", b"shop/", b"image-files/"):
        assert private not in added


@pytest.mark.parametrize(
    ("job", "term"),
    [
        ({"Generator": "local-renderer"}, "composite"),
        ({"Options": {"Background": "#ffffff"}}, "algorithmicallyEnhanced"),
        ({"Options": {"Background": "transparent"}}, "algorithmicallyEnhanced"),
    ],
)
def test_what_no_trained_model_painted_says_so(
    sign_result: ModuleType, bucket: dict[str, bytes], job: dict[str, Any], term: str
) -> None:
    answer = sign_result.handler(state(bucket, **job), None)
    assert json.loads(answer["Record"]["Review"])["credentials"]["digitalSourceType"] == IPTC + term
    seen = signer.read(bucket[answer["Result"]["OutputKey"]], "image/jpeg")
    assert seen is not None
    assert "rainedAlgorithmicMedia" not in json.dumps(seen.manifest)


def test_a_redrive_leaves_a_signed_file_as_it_is(sign_result: ModuleType, bucket: dict[str, bytes]) -> None:
    event = state(bucket)
    first = sign_result.handler(event, None)
    data = bucket[event["Result"]["OutputKey"]]
    assert sign_result.handler(event, None) == first
    assert bucket[event["Result"]["OutputKey"]] == data


def test_a_file_that_is_not_the_one_that_was_made_is_not_vouched_for(
    sign_result: ModuleType, bucket: dict[str, bytes]
) -> None:
    event = state(bucket)
    key = event["Result"]["OutputKey"]
    bucket[key] = picture("PNG")
    with pytest.raises(SigningFailed, match="not the image that was made"):
        sign_result.handler(event, None)
    sign_result.handler(state(bucket), None)
    bucket[key] = bucket[key][:-2] + b"\0\0"
    with pytest.raises(SigningFailed):
        sign_result.handler(event, None)
    sign_result.handler(state(bucket), None)
    event["Record"]["Seed"] = "8"
    with pytest.raises(SigningFailed):
        sign_result.handler(event, None)


def test_a_format_without_credentials_stays_as_it_is_and_says_so(
    sign_result: ModuleType, bucket: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = state(bucket)
    monkeypatch.setattr(signer, "supports", lambda content_type: content_type != "image/jpeg")
    answer = sign_result.handler(event, None)
    assert bucket[event["Result"]["OutputKey"]] == picture("JPEG")
    assert answer["Result"] == {**event["Result"], "Signed": False}
    said = json.loads(answer["Record"]["Review"])["credentials"]
    assert said["signed"] is False
    assert "image/jpeg" in said["reason"]
    assert answer["Record"]["OutputSha256"] == event["Record"]["OutputSha256"]


def test_the_secret_is_asked_once_until_it_fails(
    sign_result: ModuleType, vault: Vault, bucket: dict[str, bytes], identity: SigningIdentity
) -> None:
    sign_result.handler(state(bucket), None)
    sign_result.handler(state(bucket, "PNG"), None)
    assert vault.asked == 1
    sign_result.secrets.forget()
    vault.text = "{}"
    with pytest.raises(SigningFailed) as caught:
        sign_result.handler(state(bucket), None)
    told = explain(type(caught.value).__name__, json.dumps({"errorMessage": str(caught.value)}))
    assert told.code is ErrorCode.SIGNING_FAILED
    assert "certificateChain" in told.cause
    assert bucket["generated-image-files/x/mug-00000001.jpg"] == picture("JPEG"), "never half signed"
    vault.hold(identity)
    assert sign_result.handler(state(bucket), None)["Result"]["Signed"] is True
    assert vault.asked == 3


def test_a_secret_that_cannot_be_read_is_a_failure_with_the_services_reason(
    sign_result: ModuleType, bucket: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    class Closed:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetSecretValue")

    monkeypatch.setattr(sign_result, "secrets", Secrets(Closed))
    with pytest.raises(SigningFailed, match=f"{ARN} could not be read: AccessDeniedException: no"):
        sign_result.handler(state(bucket), None)


def test_the_artefact_needs_no_pillow_and_no_powertools() -> None:
    """functions/requirements-sign.txt holds c2pa-python alone."""
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import backdrop.handlers.sign_result
from backdrop.signing import signer
assert signer.supports("image/jpeg")
"""
    absent = ["PIL", "aws_lambda_powertools", "pydantic", "cryptography", "requests", "toml", "numpy"]
    functions = Path(__file__).parents[3] / "functions"
    done = subprocess.run(
        [sys.executable, "-c", code, *absent],
        env={
            "PYTHONPATH": str(functions),
            "CONTENT_CREDENTIALS_SECRET_ARN": ARN,
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_two_identities_do_not_mix(
    sign_result: ModuleType, vault: Vault, bucket: dict[str, bytes], tmp_path: Path
) -> None:
    """A secret that was replaced signs with its new certificate once the old one is forgotten."""
    first = sign_result.handler(state(bucket), None)
    serials = [_serial(bucket[first["Result"]["OutputKey"]])]
    vault.hold(identity_in(tmp_path))
    sign_result.secrets.forget()
    sign_result.handler(state(bucket), None)
    serials.append(_serial(bucket[first["Result"]["OutputKey"]]))
    assert serials[0] != serials[1]


def _serial(data: bytes) -> str:
    seen = signer.read(data, "image/jpeg")
    assert seen is not None
    return str(seen.manifest["signature_info"]["cert_serial_number"])
