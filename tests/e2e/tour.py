"""A walk through every state of the web app that a person sees, one after the other, with few set-ups."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from backdrop.api.schemas.jobs import Job
from localcloud.cloud import LocalCloud
from localcloud.users import new_password
from tests.e2e.jobs import NAMES, open_more, sign_in, small, wait_for_cookie
from tests.e2e.looking import SIZES, Looker, Size, settle

PASSWORD = "A-tour-password-1234!"
SLOW = 90_000
PICTURE_MILLISECONDS = 180_000


@dataclass
class Tour:
    """The walk. `look` is called in every state; `files` is a folder for files to upload."""

    page: Page
    cloud: LocalCloud
    web_url: str
    look: Looker
    files: Path
    deep: bool = True
    """Also the states that take long to get to."""

    def see(self, name: str, only: Size | None = None) -> None:
        self.look(self.page, name, only)

    def newcomer(self) -> None:
        """From the first sign-in with a temporary password to the first photos."""
        page = self.page
        email, temporary = f"tour-{secrets.token_hex(4)}@example.com", new_password()
        self.cloud.client("cognito-idp").admin_create_user(
            UserPoolId=self.cloud.outputs.user_pool_id,
            Username=email,
            TemporaryPassword=temporary,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
        page.goto(self.web_url)
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        self.see("sign-in")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_text("Fill in your e-mail address")).to_be_visible()
        self.see("sign-in-refused")
        page.get_by_role("button", name="Forgot your password?").click()
        expect(page.get_by_role("button", name="Send the code")).to_be_visible()
        self.see("forgot")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_role("button", name="Send the code").click()
        expect(page.get_by_label("Code from the e-mail")).to_be_visible()
        self.see("forgot-code")
        page.get_by_role("button", name="Back to sign-in").click()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        settle(page)
        page.get_by_label("E-mail address").fill(email)
        page.get_by_role("textbox", name="Password").fill(temporary)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
        page.get_by_label("New password", exact=True).fill("short")
        page.get_by_label("New password again").fill("short")
        page.get_by_role("button", name="Save and sign in").click()
        expect(page.get_by_text("This password is too easy to guess.")).to_be_visible()
        self.see("first-password")
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password again").fill(PASSWORD)
        page.get_by_role("button", name="Save and sign in").click()
        expect(page.get_by_role("heading", name="New job")).to_be_visible(timeout=SLOW)
        expect(page.get_by_role("button", name="Choose photos")).to_be_visible(timeout=SLOW)
        self.see("new-empty")
        wait_for_cookie(page)
        if any(size == "phone" for size, _ in self.look.variants):
            page.set_viewport_size(SIZES["phone"])
            page.get_by_test_id("stExpandSidebarButton").click()
            expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
            self.see("menu", "phone")
            self.go("")
            expect(page.get_by_role("button", name="Choose photos")).to_be_visible(timeout=SLOW)
        self.uploads()
        self.go("jobs")
        expect(page.get_by_text("No jobs yet")).to_be_visible()
        self.see("jobs-none")
        self.go("job")
        expect(page.get_by_text("Choose a job from the list.")).to_be_visible()
        self.see("job-none")
        self.go("job?id=00000000000000000000000000")
        expect(page.get_by_text("This was not found.")).to_be_visible()
        self.see("job-not-found")
        self.go("mailbox")
        expect(page.get_by_text(re.compile("^From: ")).first).to_be_visible()
        self.see("mailbox")

    def uploads(self) -> None:
        """Photos under way, and files that are left out."""
        page = self.page
        names = ["notes.txt", "empty.jpg", "mug.jpg", "toy car.jpg"]
        (self.files / names[0]).write_text("no photo")
        (self.files / names[1]).write_bytes(b"")
        for name, sample in zip(names[2:], NAMES, strict=False):
            (self.files / name).write_bytes(small(sample))
        held: list[Route] = []
        storage = re.compile(re.escape(f"{self.cloud.outputs.endpoint}/{self.cloud.outputs.bucket}"))
        page.route(storage, lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
        page.locator("input[type=file]").first.set_input_files([self.files / name for name in names])
        expect(page.locator(".uploader .count")).to_have_text("0 of 2 photos added", timeout=SLOW)
        expect(page.get_by_text("2 files are left out.")).to_be_visible(timeout=SLOW)
        self.see("upload-under-way")
        for route in held:
            route.continue_()
        page.unroute(storage)
        expect(page.get_by_text("2 photos in this job.")).to_be_visible(timeout=SLOW)
        self.see("upload-left-out")

    def draft(self, draft_id: str) -> None:
        """A job being put together: every part of the page unfolded once. The draft has three photos."""
        page = self.page
        self.go(f"?draft={draft_id}")
        expect(page.get_by_text("3 photos in this job.")).to_be_visible(timeout=SLOW)
        expect(page.locator(".st-key-submit-box").get_by_text(re.compile(r"^\d+ pictures?,")).first).to_be_visible()
        settle(page)
        page.get_by_text("Show where each thing is").click()
        self.see("new-photos")
        page.get_by_role("button", name="Change many photos at once").click()
        expect(page.get_by_role("combobox", name="Keep only")).to_be_visible()
        self.see("new-change-many")
        page.keyboard.press("Escape")
        self._press("Marble")
        page.get_by_role("button", name=re.compile("Save for next time|Saved prompts")).click()
        self.see("new-templates")
        page.keyboard.press("Escape")
        page.get_by_text("Model, seed and variations").click()
        expect(page.get_by_role("slider", name="Variations of each photo")).to_be_visible()
        self.see("new-model")
        self._press("My own size", "radio")
        expect(page.get_by_role("spinbutton", name="Width in pixels")).to_be_visible()
        self.see("new-own-size")
        self._press("For a marketplace", "radio")
        expect(page.get_by_text("takes a white background only").first).to_be_visible()
        self.see("new-obstacle")
        self._press("As the photo", "radio")
        if self.deep:
            page.get_by_text("Try it on one photo first").click()
            page.get_by_role("button", name=re.compile(r"Try it( \(.*\))?$")).click()
            expect(page.get_by_role("button", name=re.compile("^Use this .* for all photos"))).to_be_visible(
                timeout=SLOW
            )
            self.see("new-tried")
        settle(page)
        self._press("One colour", "radio")
        self.see("new-colour")

    def dear(self, draft_id: str) -> None:
        """A draft of so many photos that its start asks once more."""
        page = self.page
        self.go(f"?draft={draft_id}")
        expect(page.get_by_text("photos in this job.")).to_be_visible(timeout=SLOW)
        expect(page.locator(".st-key-submit-box").get_by_text(re.compile(r"^\d+ pictures?,")).first).to_be_visible()
        settle(page)
        self._press("Beach")
        page.get_by_text("Model, seed and variations").click()
        page.get_by_role("slider", name="Variations of each photo").press("End")
        settle(page)
        page.get_by_role("button", name=re.compile("Start the job")).click()
        expect(page.get_by_text(re.compile(r"This job costs about \$\d+"))).to_be_visible(timeout=SLOW)
        self.see("new-confirm")

    def running(self, job: Job) -> None:
        """A job under way, and the question before it is cancelled."""
        page = self.page
        self.go(f"job?id={job.job_id}")
        expect(page.get_by_text(re.compile(r"of \d+ finished"))).to_be_visible(timeout=SLOW)
        self.see("job-running")
        self._ask("Cancel the job")
        self.see("job-cancel")
        self._close()

    def failures(self, job: Job) -> None:
        """A job of which images failed: the reason, and the question before they are made again."""
        page = self.page
        self.go(f"job?id={job.job_id}")
        expect(page.get_by_text(re.compile(r"images failed\."))).to_be_visible(timeout=PICTURE_MILLISECONDS)
        self.see("job-failures")
        page.locator(".tile[data-state=failed]").first.click()
        expect(page.locator("dialog .trouble")).to_be_visible()
        self.see("review-failed")
        page.keyboard.press("Escape")
        self._ask(re.compile("Retry"))
        self.see("job-retry")
        self._close()

    def results(self, job: Job) -> None:
        """A finished job: grid, review, downloads, report, each question."""
        page = self.page
        self.go(f"job?id={job.job_id}")
        expect(page.locator(".tile[data-state=review]").first).to_be_visible(timeout=PICTURE_MILLISECONDS)
        self.see("job-results")
        self._menu("Download", re.compile("All .* finished"))
        self.see("job-download")
        page.keyboard.press("Escape")
        self._menu("Report", re.compile("CSV"))
        self.see("job-report")
        page.keyboard.press("Escape")
        page.locator(".tile").first.click()
        expect(page.locator("dialog .place")).to_be_visible()
        self.see("review")
        page.keyboard.press("a")
        page.keyboard.press("Escape")
        open_more(page)
        self._ask("Duplicate")
        self.see("job-duplicate")
        self._close()
        page.locator(".tile").nth(1).click()
        page.get_by_role("button", name="Run again").click()
        expect(page.get_by_role("dialog").get_by_label("Describe the new background")).to_be_visible()
        self.see("job-again")
        self._close()

    def jobs(self) -> None:
        """The list with jobs in it."""
        page = self.page
        self.go("jobs")
        expect(page.get_by_role("button", name="Open").first).to_be_visible(timeout=SLOW)
        self.see("jobs")
        page.get_by_role("combobox", name="Outcome").click()
        expect(page.get_by_role("option", name="Partly failed")).to_be_visible()
        self.see("jobs-outcomes")
        page.keyboard.press("Escape")
        page.get_by_label("Search").fill("nothing of that kind")
        page.get_by_label("Search").press("Enter")
        expect(page.get_by_text("No job matches")).to_be_visible()
        self.see("jobs-no-match")

    def sign_in(self, address: str = "jobs") -> None:
        """As the demo user, in a fresh profile."""
        sign_in(self.page, self.cloud, f"{self.web_url}/{address}")
        expect(self.page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible(timeout=SLOW)
        settle(self.page)
        wait_for_cookie(self.page)

    def go(self, address: str) -> None:
        self.page.goto(f"{self.web_url}/{address}")

    def _press(self, name: str, role: Any = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).click()
        settle(self.page)

    def _ask(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click()
        expect(self.page.get_by_role("dialog").first).to_be_visible()

    def _menu(self, name: str, link: re.Pattern[str]) -> None:
        """Open a menu of the job's page. The page's last redraw after a job's end closes it: then once more."""
        settle(self.page)
        wanted = self.page.get_by_role("link", name=link)
        self.page.get_by_role("button", name=name).click()
        with suppress(AssertionError):
            expect(wanted).to_be_visible(timeout=5_000)
            return
        self.page.get_by_role("button", name=name).click()
        expect(wanted).to_be_visible()

    def _close(self) -> None:
        settle(self.page)
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
