"""Every S3 key Backdrop reads or writes. Auditors depend on this layout (docs/contracts.md, Keys).

Keys are ASCII-safe and injective: two photos of a job never share one, because the image id is part of it
and every other key of a photo is made by appending to the photo's own key or object name.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_SLUG_LENGTH = 60
_EXTENSIONS = ("jpg", "png", "webp", "avif")


class JobPrefixes(NamedTuple):
    """The three prefixes of a job, without trailing slash."""

    input: str
    output: str
    status: str


def new_job_id(now: float | None = None) -> str:
    """A ULID in lower case: 48 bits of milliseconds, 80 random bits; sorts by time, fits an execution name."""
    milliseconds = int((time.time() if now is None else now) * 1000)
    return _base32(milliseconds, 10) + _base32(secrets.randbits(80), 16)


def job_prefixes(job_id: str, created: datetime, input_: str, output: str, status: str) -> JobPrefixes:
    """The job's own prefixes under the three configured ones: `<prefix>/YYYY/MM/DD/HHMMSS-<job id>` in UTC."""
    day = f"{created.astimezone(UTC):%Y/%m/%d/%H%M%S}-{job_id}"
    return JobPrefixes(*(f"{prefix.strip('/')}/{day}" for prefix in (input_, output, status)))


def slug(name: str) -> str:
    """The ASCII part of a key that lets people recognise a photo: `Café (2).v1.PNG` -> `cafe-2-v1`."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0] if "." in name else name
    ascii_ = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")[:_SLUG_LENGTH].strip("-") or "photo"


def object_name(name: str, image_id: str, extension: str) -> str:
    """The last part of a photo's key: safe for every tool, injective by `image_id`."""
    return f"{slug(name)}-{image_id}.{extension}"


def photo_key(input_prefix: str, object_: str) -> str:
    """Key of the uploaded photo."""
    return f"{input_prefix}/{object_}"


def preview_key(source_key: str) -> str:
    """Key of the upright preview of a photo."""
    return f"{source_key}.preview.jpg"


def thumbnail_key(key: str) -> str:
    """Key of the small JPEG that grids show of a photo or of a finished image."""
    return f"{key}.thumb.jpg"


def owner_hash(owner: str) -> str:
    """What stands in keys for an owner: a user, another system, or a job."""
    return hashlib.sha256(owner.encode()).hexdigest()[:32]


def labels_prefix(photo_key: str, owner: str) -> str:
    """What all keys of an owner's labels begin with. No other key has this second part: theirs is a year.

    `photo_key`: any key under the input prefix; `owner`: as `owner_hash` gave it.
    """
    return f"{photo_key.partition('/')[0]}/labels/{owner}/"


def labels_key(photo_key: str, owner: str, sha256: str) -> str:
    """Key of what was found in a photo's content."""
    return f"{labels_prefix(photo_key, owner)}{sha256}.json"


def owner_folders(input_prefix: str, output_prefix: str, owner: str) -> tuple[str, str, str]:
    """What all keys begin with of what is an owner's own, beside jobs: labels, backdrops with what was painted, and
    where answers lie that later jobs may use.

    `input_prefix`, `output_prefix`: any key under them; `owner`: as `owner_hash` gave it.
    """
    own = labels_prefix(f"{input_prefix}/", owner), backdrop_upload_key(f"{input_prefix}/", owner, "")
    return (*own, answers_folder(f"{output_prefix}/", owner))


def backdrop_upload_key(input_prefix: str, owner: str, backdrop_id: str) -> str:
    """Key of a backdrop as a user uploaded it; what is kept of it lies at `backdrop_key`. No other key has this second
    part.

    `input_prefix`: any key under it; `owner`: as `owner_hash` gave it.
    """
    return f"{input_prefix.partition('/')[0]}/backdrops/{owner}/{backdrop_id}"


def backdrop_key(upload_key: str) -> str:
    """Key of a backdrop as it is kept."""
    return f"{upload_key}.jpg"


def painting_key(input_prefix: str, owner: str, painting_id: str) -> str:
    """What the keys of a painted candidate begin with: `.answer.json` is the model's, `.json` what is known of it.

    `input_prefix`: any key under it; `owner`: as `owner_hash` gave it.
    """
    return f"{backdrop_upload_key(input_prefix, owner, 'paintings')}/{painting_id}"


def job_backdrop_key(input_prefix: str, place: int = 0) -> str:
    """Key of a job's own copy of a backdrop: of its own scene's, or of the further scene `place`, from 1. No photo's
    key ends so."""
    return f"{input_prefix}/backdrop{f'-{place + 1}' if place else ''}.jpg"


def made_backdrop_key(input_prefix: str, sha256: str) -> str:
    """Key of a backdrop that was made from colours for a job of another system, whose names are its own: the hash in it
    is the picture's, so nothing else is ever overwritten.
    """
    return f"{input_prefix}/{sha256[:32]}.backdrop.jpg"


def mask_key(source_key: str) -> str:
    """Key of the subject mask of a photo."""
    return f"{source_key}.mask.png"


def mask_upload_key(source_key: str) -> str:
    """Key of a mask as a user uploaded it; what is used of it lies at `mask_key`."""
    return f"{source_key}.mask-upload.png"


def manifest_key(input_prefix: str) -> str:
    """Key of a job's manifest."""
    return f"{input_prefix}/manifest.jsonl"


def request_key(source_key: str, pass_number: int, request_sha256: str) -> str:
    """Key of a staged InvokeModel body (`pass_number` from 0)."""
    return f"{source_key}.{pass_number}-{request_sha256[:16]}.json"


def relative_name(prefix: str, key: str) -> str:
    """A photo's key without its job's prefix: what the output's keys are made from."""
    return key.removeprefix(f"{prefix}/")


def response_key(output_prefix: str, name: str, pass_number: int, request_sha256: str) -> str:
    """Key of the model's answer; it carries the request's hash, so what lies there answers this very request.

    `name` is the photo's `relative_name`.
    """
    return answer_key(answers_at(output_prefix, name), pass_number, request_sha256)


def answers_at(output_prefix: str, name: str) -> str:
    """What the keys of all answers about a photo begin with."""
    return f"{output_prefix}/{name}"


def answer_key(beginning: str, pass_number: int, request_sha256: str) -> str:
    """Return the same as `response_key`, from what `answers_at` gave."""
    return f"{beginning}.{pass_number}-{request_sha256[:16]}.json"


def answers_folder(output_prefix: str, owner: str) -> str:
    """What the keys begin with that say where answers to an owner's requests lie. No other key has this second part.

    `output_prefix`: any key under the output prefix; `owner`: as `owner_hash` gives it.
    """
    return f"{output_prefix.partition('/')[0]}/answers/{owner}/"


def output_key(output_prefix: str, name: str, extension: str, variation: int = 1) -> str:
    """Key of the finished image. `name` is the photo's `relative_name`, `extension` one of `_EXTENSIONS`.

    A name that already ends in the format's extension is kept; any other gets it appended; a further variation gets
    its number in between. So two photos meet only where one name is another's plus such an ending, which
    `names_that_collide` finds.
    """
    if variation > 1:
        return f"{output_prefix}/{name}.v{variation}.{extension}"
    endings = (".jpg", ".jpeg") if extension == "jpg" else (f".{extension}",)
    return f"{output_prefix}/{name if name.lower().endswith(endings) else f'{name}.{extension}'}"


def names_that_collide(names: Iterable[str]) -> list[str]:
    """Names whose output could land on another's, or that stand there twice. Only an inline list of
    images can have such: the API gives every photo a key of its own.
    """
    seen: set[str] = set()
    twice = {name for name in names if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
    endings = [*_EXTENSIONS, *(f"v{number}.{ext}" for number in range(2, 10) for ext in _EXTENSIONS)]
    # An image's thumbnail, and a name whose image would be called so.
    endings += [f"{ending}{thumb}" for ending in [*endings] for thumb in (".thumb", ".thumb.jpg")]
    endings += ["thumb", "thumb.jpg"]
    return sorted(twice | {f"{name}.{ending}" for name in seen for ending in endings} & seen)


class ReportKeys(NamedTuple):
    """Keys of a job's report files."""

    json: str
    csv: str
    html: str


def report_keys(status_prefix: str, job_id: str) -> ReportKeys:
    """Keys of the report: `<prefix>/status_report_<job id>.json`, `.csv` and `.html`."""
    base = f"{status_prefix}/status_report_{job_id}"
    return ReportKeys(f"{base}.json", f"{base}.csv", f"{base}.html")


def signature_key(key: str) -> str:
    """Key of the detached signature of a file."""
    return f"{key}.sig"


def chain_folder(status_prefix: str) -> str:
    """What the keys of the stack's chain of reports begin with. No job's folder is called so: theirs is a year.

    `status_prefix`: any key under it.
    """
    return f"{status_prefix.partition('/')[0]}/chain/"


def public_key_key(status_prefix: str, fingerprint: str) -> str:
    """Key of the public key (PEM) that a stack's signatures are checked with.

    `status_prefix`: any key under it; `fingerprint`: hex SHA-256 of the key's DER form.
    """
    return f"{status_prefix.partition('/')[0]}/keys/{fingerprint}.pem"


def approvals_folder(status_prefix: str) -> str:
    """What the keys begin with of what people said about a job's images."""
    return f"{status_prefix}/approvals/"


def link_key(folder: str, number: int) -> str:
    """Key of a numbered file (from 1) of a `chain_folder` or an `approvals_folder`."""
    return f"{folder}{number:08}.json"


def _base32(number: int, length: int) -> str:
    return "".join(_CROCKFORD[(number >> (5 * shift)) & 31] for shift in reversed(range(length)))
