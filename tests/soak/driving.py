"""A job of the soak from its photos to its end, as its people and systems do it."""

from __future__ import annotations

import io
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from botocore.exceptions import ClientError
from PIL import Image

from tests.bench.quick_cloud import QuickCloud
from tests.integration.people import Person
from tests.integration.sweeps import sweep
from tests.integration.test_cancel_before_start import Starter
from tests.integration.test_stuck_jobs import breaking
from tests.soak.plans import Plan, Start, Trouble

_PROMPT = "plain grey studio"
_LONGEST_SECONDS = 180


class NotEnded(Exception):
    """Something that must happen did not within its time."""


@dataclass(frozen=True)
class Ended:
    """A job that has ended.

    Attributes:
        plan: what it was to be.
        images: how many it was to make.
        body: the job as the API tells it; None: another system's.
        calls: model calls since it was begun, of `again`'s first job too.
        again: a second job of what failed in the first one.
    """

    plan: Plan
    job_id: str
    images: int
    body: dict[str, Any] | None
    report: dict[str, Any]
    calls: list[dict[str, Any]]
    again: bool = False

    @property
    def trouble(self) -> Trouble:
        """What happened to the job as a whole: one that was stopped too late had no trouble."""
        codes = {one["Error"]["Code"] for one in self.report["Images"] if one["Error"]}
        in_time = self.plan.trouble is not Trouble.STOPPED or "RUN_STOPPED" in codes
        return self.plan.trouble if in_time and not self.again else Trouble.NONE


def until(condition: Callable[[], Any], what: str, seconds: float = _LONGEST_SECONDS) -> Any:
    """Return what the condition answers once that is true.

    Raises:
        NotEnded: it did not become true.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise NotEnded(f"{what}: not after {seconds:g} s")
        time.sleep(0.1)
    return found


@dataclass(frozen=True)
class Driver:
    """One who puts jobs into the cloud. `run`: part of the ids and photos of this soak, so that no two are equal."""

    quick: QuickCloud
    person: Person
    run: str

    def drive(self, plan: Plan) -> Ended:
        """Make the plan's job, with its faults and its trouble, and wait for its end."""
        httpx.delete(f"{self.quick.cloud.outputs.endpoint}/_backdrop/invocations").raise_for_status()
        try:
            if plan.start is Start.SYSTEM:
                return self._of_a_system(plan)
            return self._of_staff(plan)
        finally:
            self.quick.faults()

    def drive_again(self, first: Ended) -> Ended:
        """Run the images again that failed in an ended job of staff's, in the same words and with no faults."""
        failed = [one for one in first.report["Images"] if one["Status"] == "Failed"]
        seeds: dict[str, list[int]] = {}
        for one in failed:
            seeds.setdefault(one["ImageId"].partition("-")[0], []).append(one["Seed"])
        draft = self.person.draft()
        wanted = {"jobId": first.job_id, "imageIds": list(seeds)}
        copied = self.person.call("POST", f"/drafts/{draft}/copies", wanted).raise_for_status().json()["photos"]
        own = {copy["photoId"]: of_photo for copy, of_photo in zip(copied, seeds.values(), strict=True)}
        self._submit(draft, first.plan, {}, own)
        body = self._ended(draft)
        return Ended(first.plan, draft, len(failed), body, self._report(body), self.quick.invocations(), again=True)

    def _of_staff(self, plan: Plan) -> Ended:
        self.quick.faults(*plan.label_rules)
        draft = self.person.draft()
        labels: dict[str, list[str]] = {}
        for number, data in enumerate(_photos(plan, self.run)):
            inspected = self.person.inspect(draft, self.person.upload(draft, f"{number}.png", data))
            if inspected["status"] == "READY" and plan.labels and inspected["labels"]:
                labels[inspected["photoId"]] = [inspected["labels"][0]["name"]]
        self.quick.faults(*plan.label_rules, *plan.running_rules)
        with self._trouble(plan, draft):
            self._submit(draft, plan, labels)
        body = self._ended(draft)
        return Ended(plan, draft, plan.images, body, self._report(body), self.quick.invocations())

    def _submit(
        self, draft: str, plan: Plan, labels: dict[str, list[str]], seeds: dict[str, list[int]] | None = None
    ) -> None:
        options = {"variations": plan.variations} if plan.variations > 1 and not seeds else {}
        body = {"prompt": _PROMPT, "seed": plan.number + 1, "labels": labels, "options": options, "seeds": seeds or {}}
        answer = self.person.call("POST", f"/drafts/{draft}/submit", body)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise NotEnded(f"not submitted: {answer.text}")

    @contextmanager
    def _trouble(self, plan: Plan, job: str) -> Iterator[None]:
        """Bring the plan's trouble over the job that is submitted within."""
        if plan.trouble is Trouble.FORGOTTEN:
            starter = Starter(self.quick.cloud)
            starter.hold()
            try:
                yield
                status, swept = sweep(self.quick.cloud)
                if status or job not in swept["started"]:
                    raise NotEnded(f"not started by the sweep: {swept}")
            finally:
                starter.go_on()
        elif plan.trouble is Trouble.BREAKS:
            with self._breaking(plan.redrives):
                yield
                self._ended(job)
        else:
            yield
            self._interrupt(plan, job)

    @contextmanager
    def _breaking(self, redrives: int) -> Iterator[None]:
        client, arn = self.quick.cloud.client("stepfunctions"), self.quick.cloud.outputs.state_machine_arn
        deployed = client.describe_state_machine(stateMachineArn=arn)["definition"]
        broken = breaking(json.loads(deployed), until_redriven=redrives)
        client.update_state_machine(stateMachineArn=arn, definition=json.dumps(broken))
        try:
            yield
        finally:
            client.update_state_machine(stateMachineArn=arn, definition=deployed)

    def _interrupt(self, plan: Plan, job: str) -> None:
        if plan.trouble not in (Trouble.CANCELLED, Trouble.STOPPED):
            return
        until(lambda: len(self.quick.invocations()) >= plan.after_calls or self._has_ended(job), "model calls")
        if plan.trouble is Trouble.CANCELLED:
            self.person.call("POST", f"/jobs/{job}/cancel")
            return
        until(lambda: self._execution(job), "the execution's start")
        try:
            self.quick.stop(self._arn(job))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            # It had ended.

    def _of_a_system(self, plan: Plan) -> Ended:
        job, s3, bucket = (
            f"soak-{self.run}-{plan.number:05d}",
            self.quick.cloud.client("s3"),
            self.quick.cloud.outputs.bucket,
        )
        images = []
        for number, data in enumerate(_photos(plan, self.run)):
            s3.put_object(Bucket=bucket, Key=f"image-files/{job}/{number}.png", Body=data)
            images.append({"ImageName": f"{number}.png", "Labels": "Table" if plan.labels else ""})
        request = {
            "Id": job,
            "S3Bucket": bucket,
            "InputS3Prefix": f"image-files/{job}",
            "OutputS3Prefix": f"generated-image-files/{job}",
            "StatusS3Prefix": f"status-report-files/{job}",
            "Prompt": _PROMPT,
            "Mode": "PRECISE",
            "Images": images,
            "Options": {"Variations": plan.variations},
        }
        self.quick.faults(*plan.label_rules, *plan.running_rules)
        machine = self.quick.cloud.outputs.state_machine_arn
        self.quick.cloud.client("stepfunctions").start_execution(
            stateMachineArn=machine, name=job, input=json.dumps(request)
        )
        until(lambda: not self.quick.runs(self._arn(job)), "the execution's end")
        return Ended(plan, job, plan.images, None, self.quick.report(job), self.quick.invocations())

    def _ended(self, job: str) -> dict[str, Any]:
        """The job as the API tells it, once it has its report and nothing of it runs any more."""
        body: dict[str, Any] = until(lambda: self._has_ended(job), f"the end of {job}")
        return body

    def _has_ended(self, job: str) -> dict[str, Any] | None:
        body: dict[str, Any] = self.person.call("GET", f"/jobs/{job}").json()
        if body["status"] in ("Submitted", "Running") or "reportUrls" not in body:
            return None
        return body if self._execution(job) not in (None, "RUNNING", "PENDING_REDRIVE") else None

    def _execution(self, job: str) -> str | None:
        with suppress(ClientError):
            client = self.quick.cloud.client("stepfunctions")
            return str(client.describe_execution(executionArn=self._arn(job))["status"])
        return None

    def _arn(self, job: str) -> str:
        return f"{self.quick.cloud.outputs.state_machine_arn.replace(':stateMachine:', ':execution:')}:{job}"

    def _report(self, body: dict[str, Any]) -> dict[str, Any]:
        report: dict[str, Any] = httpx.get(body["reportUrls"]["json"]).raise_for_status().json()
        return report


def _photos(plan: Plan, run: str) -> Iterator[bytes]:
    """The plan's photos, the broken ones last."""
    first = _photo(f"{run}:{plan.number}:0")
    for number in range(plan.photos):
        yield first if number >= plan.photos - plan.equal else _photo(f"{run}:{plan.number}:{number}")
    for number in range(plan.cut_short):
        whole = _photo(f"{run}:{plan.number}:cut short:{number}")
        yield whole[: len(whole) // 2]


def _photo(name: str) -> bytes:
    """A small picture that no other name has."""
    noise = Image.frombytes("RGB", (12, 12), random.Random(name).randbytes(12 * 12 * 3))
    out = io.BytesIO()
    noise.resize((96, 96), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()
