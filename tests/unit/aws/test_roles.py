"""What each function asks of S3, beside what its role in the template may do: nothing is missing.

That nothing is left over tests/static/test_permissions.py shows, by what was asked for in whole runs.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.model_calls import ModelCallFailed
from backdrop.aws.secrets import KmsSigner
from backdrop.core.vocabulary import JobStatus
from backdrop.handlers import cut_out, decode_result, invoke_elsewhere, stage_payload
from backdrop.handlers._shared import moderation_gate, stored_mask
from backdrop.jobs.ports import Copy
from backdrop.reports import files
from backdrop.reports.report import compile_report
from backdrop_cutout.segmentation import Found
from tests import signer
from tests.heads import HeadsTwin
from tests.static.conftest import read_template
from tests.unit.api.conftest import Api, make_api
from tests.unit.api.conftest import picture as photo
from tests.unit.api.test_masks import drawing, png
from tests.unit.aws.bucket import Bucket, Need
from tests.unit.handlers.image_steps.conftest import MODEL, SOURCE, child, stability
from tests.unit.handlers.image_steps.test_image_steps import cut_out as cut_out_picture
from tests.unit.handlers.job_steps.test_prepare_job import published
from tests.unit.reports.conftest import STARTED, done, failed, item, one_pass
from tests.unit.reports.conftest import run as report_run

ARN = "arn:aws:states:us-east-1:000000000000:execution:machine:run-1"
HASH = "0123456789abcdef"


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


# ---------------------------------------------------------------- One request


def header(bucket: Bucket, name: str) -> Any:
    (request,) = bucket.requests
    return request.headers.get(name)


def test_a_file_without_tags_is_written_without_a_word_about_tags(bucket: Bucket) -> None:
    bucket.objects.put("b", "out/a.jpg", b"data", "image/jpeg")

    (request,) = bucket.requests
    assert not [name for name in request.headers if "tagging" in name.lower()]
    assert not [name for name in request.headers if name.lower().startswith("x-amz-meta")]
    assert "x-amz-tagging" not in str(request.headers["Authorization"]), "nor is an empty one signed"
    assert bucket.needs == {Need("s3:PutObject", "out/a.jpg")}
    assert bucket.data == {"out/a.jpg": b"data"}


def test_a_file_with_a_tag_says_so_in_the_request(bucket: Bucket) -> None:
    bucket.objects.put("b", "in/a.json", b"data", "application/json", tagging="backdrop=payload")

    assert header(bucket, "x-amz-tagging") == b"backdrop=payload"
    assert bucket.needs == {Need("s3:PutObject", "in/a.json"), Need("s3:PutObjectTagging", "in/a.json")}


def test_a_copy_of_an_answer_says_where_it_came_from_and_nothing_of_tags(bucket: Bucket) -> None:
    bucket.objects.put("b", "out/b.json", b"{}", "application/json", copied_from="out/a.json")

    assert header(bucket, "x-amz-meta-copied-from") == b"out/a.json"
    assert needed(bucket) == {Need("s3:PutObject", "out/b.json")}
    stored = bucket.objects.look_up("b", "out/b.json")
    assert stored is not None
    assert stored.copied_from == "out/a.json"


@pytest.mark.parametrize("tagging", ["backdrop=draft", ""])
def test_a_copied_file_gets_its_own_tags_and_never_reads_those_of_the_source(bucket: Bucket, tagging: str) -> None:
    bucket.data["in/a.jpg"] = b"data"

    bucket.objects.copy("b", [Copy("in/a.jpg", "in/b.jpg")], tagging)

    assert header(bucket, "x-amz-tagging-directive") == b"REPLACE"
    assert header(bucket, "x-amz-metadata-directive") is None, "type and metadata stay"
    assert header(bucket, "x-amz-tagging") == (tagging.encode() or None)
    tags = {Need("s3:PutObjectTagging", "in/b.jpg")} if tagging else set()
    assert bucket.needs == {Need("s3:GetObject", "in/a.jpg"), Need("s3:PutObject", "in/b.jpg")} | tags


# ---------------------------------------------------------------- Roles


class Role:
    """What one function may do in the bucket, by the template, with the prefixes of these tests."""

    def __init__(self, function: str) -> None:
        policies = read_template()["Resources"][f"{function}Role"]["Properties"]["Policies"]
        self.allowed = {
            (action, pattern)
            for statement in policies[0]["PolicyDocument"]["Statement"]
            if "Fn::If" not in statement
            for action in _list(statement["Action"])
            for pattern in map(_pattern, _list(statement["Resource"]))
            if action.startswith("s3:") and action != "s3:ListBucket"
        }

    def refused(self, needs: set[Need]) -> list[Need]:
        return sorted(need for need in needs if not any(self._covers(one, need) for one in self.allowed))

    @staticmethod
    def _covers(allowed: tuple[str, str], need: Need) -> bool:
        return allowed[0] == need.action and fnmatchcase(need.key, allowed[1])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _pattern(resource: dict[str, Any] | str) -> str:
    """IAM's wildcards are those of `fnmatch`, but that our keys hold no brackets."""
    text = str(resource.get("Fn::Sub", "")) if isinstance(resource, dict) else resource
    for name, prefix in (("InputPrefix", "in"), ("OutputPrefix", "out"), ("StatusPrefix", "status")):
        text = text.replace(f"${{{name}}}", prefix)
    return text.removeprefix("${Bucket.Arn}/")


def check(function: str, needs: set[Need]) -> None:
    role = Role(function)
    assert role.allowed
    assert role.refused(needs) == []


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, bucket: Bucket) -> Bucket:
    """The functions of each image over the bucket, which holds one photo."""
    monkeypatch.setenv("MODERATION_CATEGORIES", "")
    monkeypatch.setenv("MODERATION_MIN_CONFIDENCE", "60")
    moderation_gate._policy.cache_clear()
    for module in (stage_payload, decode_result, stored_mask, cut_out):
        monkeypatch.setattr(module, "objects", bucket.objects)
    taken = io.BytesIO()
    cut_out_picture().convert("RGB").save(taken, "JPEG")
    bucket.data[SOURCE] = taken.getvalue()
    return bucket


def needed(bucket: Bucket) -> set[Need]:
    """What was needed since the last time."""
    found, bucket.needs = bucket.needs, set()
    return found


def passes(bucket: Bucket, state: dict[str, Any]) -> Iterator[tuple[str, set[Need]]]:
    """Both passes of an image, answered by the test where nothing is stored: who asked for what."""
    cut = cut_out_picture()
    for picture in (cut, Image.new("RGB", cut.size, (10, 200, 90))):
        stage = stage_payload.handler(state, None)
        yield "StagePayloadFunction", needed(bucket)
        if not stage["Answered"]:
            bucket.data[stage["ResponseKey"]] = stability(picture)
        state = decode_result.handler({**state, "Stage": stage}, None)
        yield "DecodeResultFunction", needed(bucket)
    assert state["Done"]


def test_the_functions_of_each_image_may_do_all_they_ask_for(steps: Bucket) -> None:
    job = {**child()["Job"], "AnswersFolder": "out/answers/ann/"}
    first = {**child(Sha256=hashlib.sha256(steps.data[SOURCE]).hexdigest()), "Job": job}
    copy = "in/batch/toy-car-00000003.jpg"
    steps.data[copy] = steps.data[SOURCE]
    batch = child(Key=copy, ImageId="00000003", AnswersAt="out/d/toy-car-abcd1234.jpg")
    batch["Job"] = {**job, "InputS3Prefix": "in/batch", "OutputS3Prefix": "out/batch"}
    found: dict[str, set[Need]] = {"StagePayloadFunction": set(), "DecodeResultFunction": set()}

    for state in (first, batch):
        for function, needs in passes(steps, state):
            found[function] |= needs

    copied = {key for key in steps.metadata if steps.metadata[key]}
    assert copied, "the trial's answers were taken over"
    assert {key for key in steps.data if key.endswith("-abcd1234.jpg")} == {SOURCE, "out/d/toy-car-abcd1234.jpg"}
    assert len([key for key in steps.data if key.startswith("out/answers/ann/")]) == 2
    for function, needs in found.items():
        check(function, needs)


def test_the_cut_out_may_do_all_it_asks_for(steps: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut_out, "cut_out", lambda image: Found(np.ones(image.shape[:2], np.float32), 0.0, None))
    event = child(Key=SOURCE)
    event["Job"]["Options"] = {"MaskSource": "BUILT_IN"}
    stage = stage_payload.handler(event, None)
    assert stage["BuiltIn"]
    needed(steps)

    cut_out.handler({**event, "Stage": stage}, None)

    assert stage["ResponseKey"] in steps.data
    check("CutOutFunction", steps.needs)


def test_a_call_elsewhere_may_do_all_it_asks_for(steps: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = stage_payload.handler(child(), None)
    needed(steps)
    calls: list[tuple[str, str, bytes]] = []

    class Models:
        def invoke(self, region: str, model_id: str, body: bytes) -> bytes:
            calls.append((region, model_id, body))
            return b'{"images": []}'

    monkeypatch.setattr(invoke_elsewhere, "objects", steps.objects)
    monkeypatch.setattr(invoke_elsewhere, "calls", Models())
    event = {"Bucket": "b", "Region": "us-west-2", "Stage": stage, "Retries": 0}
    assert [invoke_elsewhere.handler(event, None), invoke_elsewhere.handler(event, None)] == [
        {"Called": True},
        {"Called": False},
    ], "Lambda may run a function twice"

    assert calls == [("us-west-2", stage["ModelId"], steps.data[stage["RequestKey"]])]
    assert steps.data[stage["ResponseKey"]] == b'{"images": []}'
    check("InvokeElsewhereFunction", steps.needs)

    del steps.data[stage["ResponseKey"]]
    with pytest.raises(ModelCallFailed, match="may have called the model") as lost:
        invoke_elsewhere.handler({**event, "Retries": 1}, None)
    assert type(lost.value).__name__ == "Bedrock.ModelTimeoutException", "counted as paid"
    assert len(calls) == 1


def reloaded(monkeypatch: pytest.MonkeyPatch, bucket: Bucket, name: str, **environment: str) -> ModuleType:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    module = importlib.reload(importlib.import_module(f"backdrop.handlers.{name}"))
    monkeypatch.setattr(module, "objects", bucket.objects)
    return module


def test_signing_may_do_all_it_asks_for(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    module = reloaded(monkeypatch, bucket, "sign_result", CONTENT_CREDENTIALS_SECRET_ARN="arn:x")
    monkeypatch.setattr(module, "_sign", lambda _claim, data: data + b"signed")
    bucket.data["out/d/a.jpg"] = b"image"
    result = {"OutputKey": "out/d/a.jpg", "OutputSha256": hashlib.sha256(b"image").hexdigest()}
    record = {"ModelId": MODEL, "Seed": "5", "SourceSha256": HASH}

    module.handler({**child(), "Result": result, "Record": record}, None)

    assert bucket.data["out/d/a.jpg"] == b"imagesigned"
    check("SignResultFunction", bucket.needs)


def test_preparing_a_job_may_do_all_it_asks_for(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    module = reloaded(
        monkeypatch,
        bucket,
        "prepare_job",
        JOBS_TABLE="jobs",
        IMAGES_TABLE="images",
        DEFAULT_MODEL_ID=MODEL,
        ALLOW_RETIRED_MODELS="false",
        MAP_MAX_CONCURRENCY="40",
        ANSWER_DAYS="30",
        ROW_DAYS="400",
        SPENDING_TABLE="spending",
        MAX_USD_PER_JOB="0",
        MAX_USD_PER_USER_AND_DAY="0",
        MAX_USD_PER_MONTH="0",
        KEEP_PAYLOADS="false",
        PROMPT_BLOCK_LIST="",
        GUARDRAIL_ID="",
        GUARDRAIL_VERSION="DRAFT",
        CONTENT_CREDENTIALS="false",
        IMAGE_GENERATOR="trained-model",
        SCHEDULE_TABLE="schedule",
        MODEL_REQUESTS_PER_MINUTE="0",
        MODEL_REGIONS="",
        AWS_REGION="us-east-1",
    )
    monkeypatch.setattr(JobsTable, "get", lambda _self, _job_id: None)
    prefixes = {"InputS3Prefix": "in/d", "OutputS3Prefix": "out/d", "StatusS3Prefix": "status/d"}

    behind = {
        "Background": "backdrop",
        "Backdrop": {"Recipe": {"Kind": "GRADIENT", "Top": "#ffffff", "Bottom": "#000000"}},
    }
    made = published(**prefixes, Prompt=None, NegativePrompt=None, Options=behind)
    module.handler({"Input": made, "ExecutionArn": ARN, "StartedAt": STARTED}, None)
    state = module.handler({"Input": published(**prefixes), "ExecutionArn": ARN, "StartedAt": STARTED}, None)
    again = published(**prefixes, Images={"ManifestKey": state["ManifestKey"]})
    module.handler({"Input": again, "ExecutionArn": ARN, "StartedAt": STARTED}, None)

    check("PrepareJobFunction", bucket.needs)


def test_the_report_may_do_all_it_asks_for(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    module = reloaded(
        monkeypatch,
        bucket,
        "compile_report",
        JOBS_TABLE="jobs",
        IMAGES_TABLE="images",
        WEB_APP_URL="https://x.example",
        SPENDING_TABLE="s",
        SCHEDULE_TABLE="schedule",
        MODEL_REGIONS="",
        AWS_REGION="us-east-1",
        REPORT_KEY_ARN=signer.ARN,
        HEADS_TABLE="heads",
        REPORT_LOCK_DAYS="0",
        REPORT_LOCK_MODE="GOVERNANCE",
    )
    monkeypatch.setattr(module, "signer", KmsSigner(signer.KmsTwin(), signer.ARN))
    monkeypatch.setattr(module, "_heads", heads := HeadsTwin())
    names = [
        {"RequestKey": f"in/d/p.jpg.{n}-{HASH}.json", "ResponseKey": f"out/d/p.jpg.{n}-{HASH}.json"} for n in (0, 1)
    ]
    bucket.data["in/d/manifest.jsonl"] = b"".join(json.dumps(item(n)).encode() + b"\n" for n in (0, 1))
    bucket.data |= {key: b"{}" for one in names for key in one.values()}
    rows = [done(0, Passes=json.dumps([{**one_pass(n), **names[n]} for n in (0, 1)])), failed(1, "X", "y")]
    monkeypatch.setattr(ImagesTable, "outcomes", lambda _self, _job_id: iter(rows))
    monkeypatch.setattr(JobsTable, "finish", lambda _self, _job_id, **_: True)
    monkeypatch.setattr(JobsTable, "get", lambda _self, _job_id: None)

    for trial in (True, False):
        # What another report added meanwhile is not noted yet, and is read.
        heads.rows.clear()
        job = {**report_run().job, "Trial": trial}
        run = {"Job": job, "ManifestKey": "in/d/manifest.jsonl", "ImageCount": 2, "MaxConcurrency": 4}
        module.handler({"Run": run, "ExecutionArn": ARN, "StartedAt": STARTED}, None)

    assert not {key for one in names for key in one.values()} & set(bucket.data), "spent"
    check("CompileReportFunction", bucket.needs)


class Browser:
    """The API's bucket: what people upload is put into `data`, all else goes over the wire."""

    def __init__(self, bucket: Bucket) -> None:
        self.data, self._objects, self.needs = bucket.data, bucket.objects, bucket.needs
        self._bucket = bucket

    def presigned_post(self, bucket: str, key: str, content_type: str, max_bytes: int) -> dict[str, Any]:
        """Whoever uses the form acts as who signed it."""
        form = self._objects.presigned_post(bucket, key, content_type, max_bytes)
        conditions = json.loads(base64.b64decode(form["fields"]["policy"]))["conditions"]
        assert {"tagging": form["fields"]["tagging"]} in conditions
        self._bucket.needs |= {Need("s3:PutObject", key), Need("s3:PutObjectTagging", key)}
        return form

    def presigned_get(self, bucket: str, key: str, filename: str | None = None) -> str:
        self._bucket.needs.add(Need("s3:GetObject", key))
        return self._objects.presigned_get(bucket, key, filename)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)


def test_the_api_and_inspection_may_do_all_they_ask_for(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    api = make_api(monkeypatch)
    browser: Any = Browser(bucket)
    api.objects = browser
    inspection = importlib.import_module("backdrop.handlers.inspect_photo")
    monkeypatch.setattr(inspection, "objects", browser)
    found: dict[str, set[Need]] = {"ApiFunction": set(), "InspectPhotoFunction": set()}

    def inspect(event: dict[str, Any], context: Any) -> dict[str, Any]:
        found["ApiFunction"] |= needed(bucket)
        answer: dict[str, Any] = inspection.handler(event, context)
        found["InspectPhotoFunction"] |= needed(bucket)
        return answer

    api.inspect_handler = inspect
    journey(api)
    found["ApiFunction"] |= needed(bucket)

    prefixes = {"image-files": "in", "generated-image-files": "out", "status-report-files": "status"}
    for function, needs in found.items():
        check(function, {Need(one.action, _renamed(one.key, prefixes)) for one in needs})


def _renamed(key: str, prefixes: dict[str, str]) -> str:
    first, _, rest = key.partition("/")
    return f"{prefixes[first]}/{rest}"


def journey(api: Api) -> None:
    """A photo with a mask of its own becomes a job, which ends, is looked at, and is copied into another draft."""
    draft = api.draft()
    (id_,) = api.upload(draft, "mug.jpg", data=photo())
    assert api.inspect(draft, id_).body["status"] == "READY"
    mask = png(drawing())
    fields = api.call("POST", f"/drafts/{draft}/photos/{id_}/mask", {"size": len(mask)}).body["upload"]["fields"]
    api.objects.data[fields["key"]] = mask
    assert api.call("POST", f"/drafts/{draft}/photos/{id_}/mask/inspect", {}).status == 200
    assert api.submit(draft).status == 202
    api.finish(draft, id_)
    report = {"report_key": "status-report-files/d/r.json", "report_csv_key": "status-report-files/d/r.csv"}
    report["report_page_key"] = "status-report-files/d/r.html"
    api.edit_job(draft, status=JobStatus.SUCCEEDED, succeeded=1, failed=0, **report)
    assert api.call("GET", f"/jobs/{draft}").status == 200
    photo_item, row = item(0, Key="image-files/d/p.jpg"), done(0, OutputKey="generated-image-files/d/p.jpg")
    written = files.to_json(compile_report(report_run(Id=draft), [photo_item], [row]))
    api.objects.data["status-report-files/d/r.json"] = written
    assert api.call("GET", f"/jobs/{draft}/images/{id_}/story").status == 200
    assert api.call("POST", f"/jobs/{draft}/page").status == 200
    assert api.call("GET", f"/jobs/{draft}/images").status == 200
    for verdict in ("APPROVED", "REJECTED"):
        assert api.call("PUT", f"/jobs/{draft}/images/{id_}/verdict", {"verdict": verdict}).status == 200
    copy = api.call("POST", f"/drafts/{api.draft()}/copies", {"jobId": draft, "imageIds": [id_]})
    assert copy.status == 201, copy


def test_a_request_that_needs_more_than_its_role_may_is_noticed(bucket: Bucket) -> None:
    """The check itself: an empty tagging header, which botocore sends and signs when it is given one."""
    connect: Any = bucket.objects.connect
    connect().put_object(Bucket="b", Key="out/d/a.jpg", Body=b"", Tagging="")

    assert Role("DecodeResultFunction").refused(bucket.needs) == [Need("s3:PutObjectTagging", "out/d/a.jpg")]
