"""Jobs for the browser tests, made through the API: what a page shows matters here, not how photos got there."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from PIL import Image, ImageOps
from playwright.sync_api import Cookie, Locator, Page, expect

from backdrop.api.schemas.jobs import Job
from backdrop.core.request import JobRequest
from backdrop_client.api import BackdropApi, NewPhoto
from backdrop_client.auth import CognitoAuth, Session
from backdrop_client.upload import PhotoSource, Uploader
from localcloud.cloud import LocalCloud
from tests.e2e.conftest import ROOT

NAMES = ("mug_wooden_desk", "toy_car_rug", "book_stack_carpet", "soap_box_grey_sweep", "headphones_plywood",
         "steel_kettle_kitchen")  # fmt: skip


def small(name: str, side: int = 420) -> bytes:
    """A sample photo, scaled down."""
    with Image.open(ROOT / "samples" / "photos" / f"{name}.jpg") as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((side, side))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=88)
    return out.getvalue()


@dataclass
class Maker:
    """Makes jobs as the demo user."""

    cloud: LocalCloud
    api: BackdropApi
    http: httpx.Client

    @classmethod
    def of(cls, cloud: LocalCloud) -> Maker:
        """Signs in."""
        outputs, http = cloud.outputs, httpx.Client()
        auth = CognitoAuth(outputs.user_pool_client_id, outputs.region, endpoint=outputs.endpoint, http=http)
        session = Session(auth, auth.sign_in(outputs.demo_user, outputs.demo_password))
        return cls(cloud, BackdropApi(outputs.api_url, session, http=http), http)

    def job(self, photos: Sequence[tuple[str, bytes]], prompt: str, **request: Any) -> Job:
        """Upload photos and submit them."""
        draft_id = self.api.create_draft().draft_id
        uploader = Uploader(self.http)
        answers = self.api.add_photos(draft_id, [NewPhoto(name, len(data), "image/jpeg") for name, data in photos])
        for answer, (name, data) in zip(answers, photos, strict=True):
            assert answer.upload is not None
            assert answer.photo_id is not None
            uploader.upload(answer.upload, PhotoSource.from_bytes(name, data))
            self.api.inspect_photo(draft_id, answer.photo_id)
        return self.api.submit(draft_id, JobRequest(prompt, **request))

    def finished(self, job: Job, seconds: float = 180) -> Job:
        """Wait until the job has ended."""
        deadline = time.monotonic() + seconds
        while not (now := self.api.job(job.job_id)).status.final:
            assert time.monotonic() < deadline, f"job {job.job_id} is {now.status} after {seconds} s"
            time.sleep(0.5)
        return now

    def faults(self, *rules: dict[str, Any]) -> None:
        """How the models misbehave from now on; none: not at all."""
        answer = self.http.put(f"{self.cloud.outputs.endpoint}/_backdrop/faults", json={"rules": list(rules)})
        answer.raise_for_status()


_SIGN_INS: dict[tuple[str, str], Any] = {}
"""The app's cookie by the app's origin and the user's e-mail address."""


def sign_in(page: Page, cloud: LocalCloud, address: str, user: tuple[str, str] | None = None) -> None:
    """Open a page of the app as `user` (e-mail, password), or as the demo user.

    By the form the first time, from then on with the cookie that was got there, as a tab opened later has it: the form
    takes a page of its own, and how one signs in is what `test_sign_in.py` tries.
    """
    email, password = user or (cloud.outputs.demo_user, cloud.outputs.demo_password)
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    if known := _SIGN_INS.get((origin, email)):
        page.context.add_cookies([known])
        page.goto(address)
        return
    page.goto(address)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    _SIGN_INS[origin, email] = wait_for_cookie(page)


def forget_sign_ins(email: str) -> None:
    """Have this user sign in by the form again, after a test that ended what was open."""
    for key in [key for key in _SIGN_INS if key[1] == email]:
        del _SIGN_INS[key]


def wait_for_picture(shown: Locator) -> None:
    """Wait until a picture is there. One without an address is complete, too."""
    expect(shown).not_to_have_js_property("naturalWidth", 0)
    expect(shown).to_have_js_property("complete", True)


def wait_for_cookie(page: Page, seconds: float = 60) -> Cookie:
    """Wait until the page that was signed in has its cookie: a page that is left before is signed out."""
    deadline = time.monotonic() + seconds
    while True:
        found = [cookie for cookie in page.context.cookies() if cookie.get("name") == "backdrop_session"]
        if found:
            return found[0]
        assert time.monotonic() < deadline, "the page fetched no cookie"
        page.wait_for_timeout(50)


def open_more(page: Page) -> None:
    """Unfold what is seldom done with a job."""
    page.locator(".st-key-more-actions summary").click()
