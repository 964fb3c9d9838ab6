"""What proves a report, as the API gives it out: page by page, as it lies there, to whoever may read the job."""

from __future__ import annotations

import base64
import json

import pytest

from backdrop.jobs.proof import showing
from tests.unit.api.conftest import Answer, Api
from tests.unit.api.reports import give_report

LINK = "status-report-files/chain/00000007.json"
CHAIN = {"Number": 7, "Key": {"Fingerprint": "ab" * 32}}


def reported(api: Api, chain: object = CHAIN, verdicts: int = 3) -> str:
    """A job with a report of the chain, and verdicts."""
    job = api.job("a.jpg")
    api.finish(job, "00000000")
    give_report(api, job)
    report = f"status-report-files/d/status_report_{job}.json"
    old = api.objects.data[report]
    api.objects.data[report] = old.replace(b'"Chain":null', b'"Chain":' + json.dumps(chain).encode())
    assert chain is None or api.objects.data[report] != old
    for key in (
        f"{report}.sig",
        LINK,
        f"{LINK}.sig",
    ):
        api.objects.data[key] = key.encode()
    api.objects.data[f"status-report-files/keys/{'ab' * 32}.pem"] = b"pem"
    for number in range(verdicts):
        verdict = ("APPROVED", "REJECTED", None)[number % 3]
        assert api.call("PUT", f"/jobs/{job}/images/00000000/verdict", {"verdict": verdict}).status == 200
    return job


def proof(api: Api, job: str, user: str = "ann", **query: str) -> Answer:
    return api.call("GET", f"/jobs/{job}/proof", query=query, user=user)


def test_all_of_it_page_by_page_as_it_lies_there(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "APPROVALS_A_PAGE", 2)
    job = reported(api)

    first = proof(api, job)
    second = proof(api, job, after=str(first.body["after"]))

    names = [[one["key"].rsplit("/", 1)[1] for one in page.body["files"]] for page in (first, second)]
    own = [f"status_report_{job}.json.sig", f"{'ab' * 32}.pem", "00000007.json", "00000007.json.sig"]
    said = [f"0000000{number}.json{ending}" for number in (1, 2, 3) for ending in ("", ".sig")]
    assert names == [own + said[:4], said[4:]]
    assert "after" not in second.body
    files = first.body["files"] + second.body["files"]
    assert all(base64.b64decode(one["data"]) == api.objects.data[one["key"]] for one in files)
    assert f"{first.body['reportKey']}.sig" == files[0]["key"]


def test_a_gap_is_left_as_it_is_and_does_not_end_it(api: Api) -> None:
    job = reported(api)
    gone = [key for key in api.objects.data if key.endswith(("approvals/00000002.json", "approvals/00000002.json.sig"))]
    for key in gone:
        del api.objects.data[key]

    keys = [one["key"] for one in proof(api, job).body["files"]]

    assert len(gone) == 2
    assert not set(gone) & set(keys)
    assert keys[-1].endswith("/approvals/00000003.json.sig")


def test_a_report_that_is_not_signed_has_what_people_said_alone(api: Api) -> None:
    files = proof(api, reported(api, chain=None, verdicts=1)).body["files"]

    assert [one["key"].rsplit("/", 1)[1] for one in files] == ["00000001.json", "00000001.json.sig"]


def test_who_may_not_read_the_job_and_a_job_without_a_report(api: Api) -> None:
    assert proof(api, reported(api), user="bob").status == 403
    assert proof(api, api.job("b.jpg")).status == 409
