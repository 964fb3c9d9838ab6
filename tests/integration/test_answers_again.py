"""Nothing is paid for twice: calls that the models count, across jobs of one owner on the deployed template."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from localcloud.cloud import LocalCloud
from tests.integration.people import Person, another
from tests.integration.shared import wait_until_idle
from tests.integration.test_actions import _faults, another_photo
from tests.integration.test_trials import report_of

pytestmark = pytest.mark.integration

CUT_OUT, INPAINT = "us.stability.stable-image-remove-background-v1:0", "us.stability.stable-image-inpaint-v1:0"
WISH: dict[str, Any] = {"prompt": "on a beach", "seed": 11}


class Shop:
    """A user's jobs of one photo, and the model calls that each one made."""

    def __init__(self, cloud: LocalCloud, person: Person, photo: bytes) -> None:
        self.cloud, self.person, self.photo = cloud, person, photo

    def draft(self, photo: bytes | None = None) -> str:
        draft = self.person.draft()
        uploaded = self.person.upload(draft, "soap.jpg", photo or self.photo)
        assert self.person.inspect(draft, uploaded)["status"] == "READY"
        return draft

    def calls(self, draft: str, **wish: Any) -> dict[str, int]:
        """Submit the draft and count what the models are asked until the job has ended well."""
        wait_until_idle(self.cloud)
        _faults(self.cloud)
        assert self.person.call("POST", f"/drafts/{draft}/submit", {**WISH, **wish}).status_code == 202
        job = self.person.finished(draft)
        assert job["status"] == "Succeeded", job
        return asked(self.cloud)


def asked(cloud: LocalCloud) -> dict[str, int]:
    """Calls of each model since `_faults` was called, answered or not."""
    models = httpx.get(f"{cloud.outputs.endpoint}/_backdrop/invocations").json()["models"]
    return {name: int(model["calls"]) for name, model in models.items() if model["calls"]}


@pytest.fixture(scope="module")
def shop(cloud: LocalCloud, ann: Person) -> Shop:
    """A first job is made: both its calls are paid."""
    made = Shop(cloud, ann, another_photo())
    assert made.calls(made.draft()) == {CUT_OUT: 1, INPAINT: 1}
    return made


def test_the_same_photo_and_words_are_asked_about_once(shop: Shop) -> None:
    draft = shop.draft()
    told = shop.person.call("POST", f"/drafts/{draft}/estimate", WISH).json()
    assert told["answerDays"] == 30

    assert shop.calls(draft) == {}

    report = report_of(shop.person, draft)
    assert (report["Totals"]["ModelCalls"], report["Totals"]["AnswersReused"], report["Cost"]["Usd"]) == (0, 2, 0)
    assert (report["Job"]["AnswerDays"], report["Images"][0]["Attempts"]) == (30, 0)
    assert all(one["CopiedFrom"] and one["Reused"] for one in report["Images"][0]["Passes"])


def test_another_format_or_size_of_the_same_picture_costs_nothing(shop: Shop) -> None:
    output = {"format": "PNG", "width": 300}
    assert shop.calls(shop.draft(), options={"output": output}) == {}


def test_a_duplicate_of_a_job_pays_for_what_is_new_in_it(shop: Shop) -> None:
    first = shop.person.call("GET", "/jobs", limit=1).json()["jobs"][0]["jobId"]
    draft = shop.person.draft()
    copied = shop.person.call("POST", f"/drafts/{draft}/copies", {"jobId": first, "imageIds": ["00000000"]})
    assert copied.status_code == 201, copied.text
    assert shop.calls(draft, prompt="in snow") == {INPAINT: 1}, "the cut-out is the same"


def test_a_job_that_wants_every_answer_anew_pays_for_it(shop: Shop) -> None:
    assert shop.calls(shop.draft(), options={"reuseAnswers": False}) == {CUT_OUT: 1, INPAINT: 1}


def test_what_is_rejected_is_redone_into_its_set_and_its_cut_out_is_not_paid_again(shop: Shop) -> None:
    person = shop.person
    first = person.call("GET", "/jobs", limit=1).json()["jobs"][0]["jobId"]
    verdict = {"verdict": "REJECTED", "reason": "BACKGROUND"}
    assert person.call("PUT", f"/jobs/{first}/images/00000000/verdict", verdict).status_code == 200
    redo = person.draft()
    (copy,) = person.call("POST", f"/drafts/{redo}/copies", {"jobId": first, "imageIds": ["00000000"]}).json()["photos"]

    calls = shop.calls(redo, seed=12, redoOf=first, insteadOf={copy["photoId"]: ["00000000"]})

    assert calls == {INPAINT: 1}
    (image,) = person.call("GET", f"/jobs/{first}/tries").json()["images"]
    assert [one["jobId"] for one in image["tries"]] == [first, redo]
    assert (image["imageId"], image["chosen"]) == ("00000000", 1), "the new one is shown, the rejected one behind it"
    listed = [job["jobId"] for job in person.call("GET", "/jobs").json()["jobs"]]
    assert first in listed
    assert redo not in listed


def test_nobody_gets_what_another_paid_for(cloud: LocalCloud, shop: Shop) -> None:
    with httpx.Client(base_url=cloud.outputs.api_url) as http:
        bob = Shop(cloud, another(cloud, http, "bob.answers@example.com"), shop.photo)
        assert bob.calls(bob.draft()) == {CUT_OUT: 1, INPAINT: 1}


def test_what_was_answered_before_an_image_failed_is_not_paid_for_again(cloud: LocalCloud, ann: Person) -> None:
    shop = Shop(cloud, ann, another_photo())
    draft = shop.draft()
    wait_until_idle(cloud)
    _faults(cloud, {"model": "*inpaint*", "kind": "filter", "count": 1})
    assert ann.call("POST", f"/drafts/{draft}/submit", WISH).status_code == 202
    assert ann.finished(draft)["status"] == "Failed"
    assert shop.calls(shop.draft()) == {INPAINT: 1}, "an answer that was refused is none"


def test_a_draft_that_is_submitted_twice_at_once_is_paid_for_once(cloud: LocalCloud, ann: Person) -> None:
    shop = Shop(cloud, ann, another_photo())
    draft = shop.draft()
    wait_until_idle(cloud)
    _faults(cloud)

    def submit(_: int) -> int:
        return ann.call("POST", f"/drafts/{draft}/submit", WISH).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(submit, range(2))) == [200, 202]
    assert ann.finished(draft)["status"] == "Succeeded"
    assert asked(cloud) == {CUT_OUT: 1, INPAINT: 1}


def test_two_jobs_that_ask_the_same_at_the_same_moment_pay_once(cloud: LocalCloud, ann: Person) -> None:
    shop = Shop(cloud, ann, another_photo())
    drafts = [shop.draft(), shop.draft()]
    wait_until_idle(cloud)
    _faults(cloud, {"kind": "slow", "model": "*", "delaySeconds": 2})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda draft: ann.call("POST", f"/drafts/{draft}/submit", WISH), drafts))
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [ann.finished(draft)["status"] for draft in drafts] == ["Succeeded", "Succeeded"]
    assert asked(cloud) == {CUT_OUT: 1, INPAINT: 1}
    _faults(cloud)
    reports = [report_of(ann, draft) for draft in drafts]
    assert sum(report["Totals"]["ModelCalls"] for report in reports) == 2
    assert sum(report["Totals"]["AnswersReused"] for report in reports) == 2


def test_equal_photos_that_are_made_otherwise_share_what_is_the_same(cloud: LocalCloud, ann: Person) -> None:
    shop = Shop(cloud, ann, another_photo())
    draft = shop.draft()
    (first, second) = "00000000", ann.upload(draft, "again.jpg", shop.photo)
    assert ann.inspect(draft, second)["status"] == "READY"
    assert shop.calls(draft, seeds={first: [5], second: [6]}) == {CUT_OUT: 1, INPAINT: 2}
