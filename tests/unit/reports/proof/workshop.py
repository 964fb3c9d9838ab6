"""Whole jobs made by Backdrop's own functions over a bucket in memory, and changes made to what they left there."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, ImageDraw

from backdrop.aws import clients
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.objects import Objects, Stored
from backdrop.aws.secrets import KmsSigner
from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.vocabulary import Verdict
from backdrop.handlers import decode_result, stage_payload
from backdrop.handlers._shared import moderation_gate
from backdrop.jobs.approvals import Addenda
from backdrop.jobs.drafts import User
from backdrop.jobs.proof.series import Ledger, series_of
from backdrop.reports.proof.judging import Judgement, judge_report
from backdrop.reports.proof.sequences import ReadHead
from tests.heads import HeadsTwin
from tests.signer import ARN, KmsTwin
from tests.unit.handlers.image_steps.conftest import MODEL, SAMPLES
from tests.unit.handlers.image_steps.test_every_family import answer
from tests.unit.reports.conftest import failed, left

STARTED = "2026-11-21T04:00:00.000Z"
ENDED = "2026-11-21T04:00:31.250Z"
MAKER = "arn:aws:states:us-east-1:0:execution:m:j"


def small_photo(name: str = "toy_car_rug", left_turned: int = 0) -> bytes:
    """A sample of 400 by 320 pixels."""
    out = io.BytesIO()
    with Image.open(SAMPLES / "photos" / f"{name}.jpg") as photo:
        photo.convert("RGB").resize((400, 320)).rotate(left_turned).save(out, "JPEG", quality=90)
    return out.getvalue()


def drawn_mask(size: tuple[int, int]) -> bytes:
    """An ellipse in the middle."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse((size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4), fill=255)
    out = io.BytesIO()
    mask.save(out, "PNG")
    return out.getvalue()


class Files(dict[str, bytes]):
    """A bucket, as evidence that is complete."""

    complete = True

    def read(self, key: str) -> bytes | None:
        """The object's bytes."""
        return self.get(key)

    def has(self, sha256: str) -> bool:
        """Nothing is looked for by its hash."""
        return False

    def keys_of(self, prefix: str) -> list[str]:
        """The keys that begin so, in their order."""
        return sorted(key for key in self if key.startswith(prefix))

    keys = keys_of  # type: ignore[assignment]


class Bucket:
    """The same for those who write."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def get(self, bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        """The object's bytes."""
        if key not in self.files:
            raise BackdropError(missing, f"There is no object {key}.")
        return self.files[key]

    def put(self, bucket: str, key: str, data: bytes, content_type: str, tagging: str | None = None) -> None:
        """Write an object."""
        self.files[key] = data

    def put_new(self, bucket: str, key: str, data: bytes, content_type: str) -> bool:
        """Write an object, if there is none."""
        if key in self.files:
            return False
        self.files[key] = data
        return True

    def any_after(self, bucket: str, prefix: str, after: str) -> bool:
        """Whether a later key begins so."""
        return any(one > after for one in self.files.keys_of(prefix))


class Workshop:
    """A stack: its bucket, its key, and jobs that are made in it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.files, self.kms, self.heads, self._patch = Files(), KmsTwin(), HeadsTwin(), patch
        patch.setenv("MODERATION_CATEGORIES", "")
        patch.setenv("MODERATION_MIN_CONFIDENCE", "60")
        moderation_gate._policy.cache_clear()
        self._play_s3()
        patch.setattr(clients, "kms", self.kms)
        patch.setattr(JobsTable, "finish", lambda *_a, **_k: True)
        patch.setattr(JobsTable, "get", lambda *_: None)
        environment = {
            "JOBS_TABLE": "jobs",
            "IMAGES_TABLE": "images",
            "SPENDING_TABLE": "spending",
            "SCHEDULE_TABLE": "schedule",
            "MODEL_REGIONS": "",
            "AWS_REGION": "us-east-1",
            "WEB_APP_URL": "https://shop.example",
            "REPORT_KEY_ARN": ARN,
            "HEADS_TABLE": "heads",
            "REPORT_LOCK_DAYS": "0",
            "REPORT_LOCK_MODE": "GOVERNANCE",
        }
        for name, value in environment.items():
            patch.setenv(name, value)
        self._compile_report = importlib.reload(importlib.import_module("backdrop.handlers.compile_report"))
        patch.setattr(self._compile_report, "_heads", self.heads)

    def _play_s3(self) -> None:
        files, bucket = self.files, Bucket(self.files)
        patches: dict[str, Any] = {
            name: staticmethod(getattr(bucket, name)) for name in ("get", "put", "put_new", "any_after")
        } | {
            "look_up": lambda _s, _b, key: Stored() if key in files else None,
            "keep": lambda *_: None,
            "tag": lambda *_: None,
            "delete": lambda _s, _b, gone: [files.pop(key, None) for key in gone],
        }
        for name, value in patches.items():
            self._patch.setattr(Objects, name, value)

    def make(
        self, number: int, lines: list[dict[str, Any]], troubles: Mapping[str, Any] | None = None, **job: Any
    ) -> str:
        """A job whose images are made, but those in `troubles` (image id -> how: "failed", "cancelled"); the report's
        key. `lines` of the manifest need `Photo` (its bytes) and may have `Mask`."""
        state_job = self._job(number, job)
        manifest, rows = [], []
        for line in lines:
            item = self._laid_down(state_job, line)
            manifest.append(item)
            for variation, seed in enumerate(item["Seeds"], start=1):
                image_id = item["ImageId"] if variation == 1 else f"{item['ImageId']}-{variation}"
                trouble = (troubles or {}).get(image_id)
                if trouble == "cancelled":
                    rows.append({**left(0), "ImageId": image_id})
                    continue
                row = self._row(state_job, item, variation, seed, image_id, stop=trouble == "failed")
                rows.append(row)
        key = keys.manifest_key(state_job["InputS3Prefix"])
        self.files[key] = b"".join(json.dumps(one).encode() + b"\n" for one in manifest)
        return self.report(state_job, key, rows)

    def report(self, state_job: Mapping[str, Any], manifest_key: str, rows: list[dict[str, Any]]) -> str:
        """Write the job's report, as its run or its redrive does."""
        self._patch.setattr(ImagesTable, "outcomes", lambda *_: iter(rows))
        self.last = (state_job, manifest_key, rows)
        run = {"Job": state_job, "ManifestKey": manifest_key, "ImageCount": len(rows), "MaxConcurrency": 4}
        event = {"Run": run, "ExecutionArn": MAKER, "StartedAt": STARTED}
        report_key: str = self._compile_report.handler(event, None)["ReportKey"]
        return report_key

    @staticmethod
    def _job(number: int, changes: Mapping[str, Any]) -> dict[str, Any]:
        job_id = f"01jd00000000000000000000{number:02d}"
        day = f"2026/11/21/040000-{job_id}"
        return {
            "Id": job_id,
            "S3Bucket": "b",
            "InputS3Prefix": f"in/{day}",
            "OutputS3Prefix": f"out/{day}",
            "StatusS3Prefix": f"status/{day}",
            "Prompt": "on sand",
            "NegativePrompt": "text",
            "Mode": "PRECISE",
            "ModelId": MODEL,
            "Seed": 5,
            "Generator": "trained-model",
            "RequestedBy": "ada@example.com",
            "KeepPayloads": True,
            "Options": {},
            **changes,
        }

    def _laid_down(self, job: Mapping[str, Any], line: dict[str, Any]) -> dict[str, Any]:
        data, mask = line.pop("Photo"), line.pop("Mask", None)
        key = keys.photo_key(job["InputS3Prefix"], f"photo-{line['ImageId']}.jpg")
        self.files[key] = data
        with Image.open(io.BytesIO(data)) as photo:
            width, height = photo.size
        facts: dict[str, Any] = {"Bytes": len(data), "Sha256": hashlib.sha256(data).hexdigest()}
        if mask is not None:
            self.files[keys.mask_key(key)] = mask
            facts["MaskSha256"] = hashlib.sha256(mask).hexdigest()
        names = {"ImageName": f"photo {line['ImageId']}.jpg", "Key": key, "Labels": "Car,Toy", "Boxes": []}
        return {**names, "Seeds": [5], **facts, "Width": width, "Height": height, **line}

    def _row(
        self, job: Mapping[str, Any], item: Mapping[str, Any], variation: int, seed: int, image_id: str, *, stop: bool
    ) -> dict[str, Any]:
        state: dict[str, Any] = {
            "Job": job,
            "Item": item,
            "Variation": variation,
            "ImageId": image_id,
            "Seed": seed,
            "Pass": 0,
            "Passes": [],
            # Two throttled calls, one that failed, one that was answered.
            "Turn": {"Attempt": 4, "Region": "us-east-1", "Regions": {"us-east-1": 2}},
            "Throttles": {"Count": 2},
        }
        while not state.get("Done"):
            stage = stage_payload.handler(state, None)
            if stop and len(state["Passes"]) == 1:
                passes = json.dumps(state["Passes"])
                broken = failed(0, "ModelRefused", "MODEL_REFUSED_PROMPT: no", Attempts=3, Throttled=1, Passes=passes)
                facts = {"SourceSha256": stage["SourceSha256"], "SourceBytes": stage["SourceBytes"]}
                return {**broken, **facts, "ImageId": image_id}
            answered = stage["Answered"]
            if "RequestKey" in stage and not answered:
                body = json.loads(self.files[stage["RequestKey"]])
                self.files[stage["ResponseKey"]] = answer(body, stage)
            turn = {"Attempt": 0} if answered else state["Turn"] or {"Attempt": 1}
            throttles = {"Count": 0} if answered else state.get("Throttles", {"Count": 0})
            state = decode_result.handler({**state, "Turn": turn, "Throttles": throttles, "Stage": stage}, None)
            state |= {"Turn": {"Attempt": 1, "Region": "us-east-1", "Regions": {"us-east-1": 1}}}
        sizes = {
            name: int(state["Record"][name]) for name in ("SourceBytes", "OutputBytes", "OutputWidth", "OutputHeight")
        }
        times = {"StartedAt": "2026-11-21T04:00:01.000Z", "FinishedAt": ENDED}
        return {"ImageId": image_id, "Status": "Succeeded", **times, **state["Record"], **sizes}

    def say(self, report_key: str, image_id: str, verdict: Verdict | None) -> None:
        """Somebody judges an image."""
        report = self.read(report_key)
        (image,) = [one for one in report["Images"] if one["ImageId"] == image_id]
        prefixes = SimpleNamespace(status=report["Job"]["StatusS3Prefix"])
        job: Any = SimpleNamespace(id=report["Job"]["Id"], bucket="b", prefixes=prefixes)
        output = SimpleNamespace(output_key=image["Output"]["Key"], output_sha256=image["Output"]["Sha256"])
        row: Any = SimpleNamespace(image_id=image_id, outcome=output)
        objects: Any = Objects(lambda: None)  # type: ignore[arg-type, return-value]
        addenda = Addenda(Ledger(objects, KmsSigner(self.kms, ARN), self.heads))
        addenda.add(job, row, User("ann", "ann@example.com"), verdict, clock.iso(datetime(2026, 11, 22, tzinfo=UTC)))

    def read(self, report_key: str) -> dict[str, Any]:
        """The report."""
        document: dict[str, Any] = json.loads(self.files[report_key])
        return document


def judged(
    files: Files, report_key: str, public_key: bytes | None = None, read_head: ReadHead | None = None
) -> Judgement:
    """What `backdrop verify` finds."""
    return judge_report(files[report_key], report_key, files, faults, public_key, read_head)


def reader(heads: HeadsTwin) -> ReadHead:
    """Asks the stack, as `backdrop verify --stack` does."""
    return lambda folder: heads.read(series_of("b", folder))


def faults(document: Any) -> list[str]:
    """What the published schema finds."""
    from backdrop_cli.proof.verify import _schema_faults

    return _schema_faults(document)
