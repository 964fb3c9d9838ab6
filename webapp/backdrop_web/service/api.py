"""What the app does at the REST API, in the name of whoever signed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from backdrop.api.schemas.backdrops import Backdrop, Candidate, Recipe, RegisteredBackdrop
from backdrop.api.schemas.jobs import Estimate, Image, Images, Job, Jobs, Overview, PhotoNames, SeenPlace
from backdrop.api.schemas.mails import MailSetting
from backdrop.api.schemas.models import Models
from backdrop.api.schemas.photos import Draft, DraftCreated, ListedDraft, Photo, RegisteredPhoto, SeenMask, Upload
from backdrop.api.schemas.proof import Proof
from backdrop.api.schemas.saved import SavedSettings
from backdrop.api.schemas.stories import Story
from backdrop.api.schemas.tries import Tries
from backdrop.core import people
from backdrop.core.people import Action, may
from backdrop.core.request import JobRequest
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import ImageStatus, Role, Verdict
from backdrop_client.api import NewPhoto
from backdrop_client.auth import Tokens
from backdrop_client.upload import PhotoSource

FRESH_SECONDS = 600
"""Addresses of pictures are good for 15 minutes (docs/rest-api.md); older ones than this are fetched anew."""

MOST_PER_CALL = 100
"""The most images, or jobs, that the API tells at once."""


class Api(Protocol):
    """The part of `BackdropApi` that the pages use; tests put a fake in its place."""

    def models(self) -> Models: ...

    def mail(self) -> MailSetting: ...

    def turn_mail_on(self) -> MailSetting: ...

    def turn_mail_off(self) -> MailSetting: ...

    def backdrops(self) -> list[Backdrop]: ...

    def add_backdrop(self, picture: NewPhoto) -> RegisteredBackdrop: ...

    def make_backdrop(self, recipe: Recipe) -> Backdrop: ...

    def paint_backdrop(
        self, prompt: str, *, negative_prompt: str, model_id: str | None, aspect: str, seed: int
    ) -> Candidate: ...

    def keep_painting(self, candidate_id: str) -> Backdrop: ...

    def inspect_backdrop(self, backdrop_id: str) -> Backdrop: ...

    def change_backdrop(
        self, backdrop_id: str, *, name: str | None = None, surface: float | None = None, shared: bool | None = None
    ) -> Backdrop: ...

    def delete_backdrop(self, backdrop_id: str) -> None: ...

    def saved_settings(self) -> list[SavedSettings]: ...

    def save_settings(self, name: str, team: str | None, request: JobRequest) -> SavedSettings: ...

    def change_settings(
        self, before: SavedSettings, name: str, team: str | None, request: JobRequest
    ) -> SavedSettings: ...

    def delete_settings(self, settings_id: str) -> None: ...

    def proof_page(self, job_id: str, *, after: int | None = None) -> Proof: ...

    def image_story(self, job_id: str, image_id: str) -> Story: ...

    def write_page(self, job_id: str) -> Job: ...

    def create_draft(self, *, listed: bool = True) -> DraftCreated: ...

    def open_drafts(self) -> list[ListedDraft]: ...

    def list_draft(self, draft_id: str, *, listed: bool) -> None: ...

    def draft(self, draft_id: str, *, cursor: str | None = None) -> Draft: ...

    def add_photos(self, draft_id: str, photos: Sequence[NewPhoto]) -> list[RegisteredPhoto]: ...

    def inspect_photo(self, draft_id: str, photo_id: str) -> Photo: ...

    def see_mask(self, draft_id: str, photo_id: str, edit: Mapping[str, Any]) -> SeenMask: ...

    def see_place(self, job_id: str, image_id: str) -> SeenPlace: ...

    def add_mask(self, draft_id: str, photo_id: str, size: int) -> Upload: ...

    def inspect_mask(self, draft_id: str, photo_id: str, *, edited: bool = False) -> Photo: ...

    def correct_labels(self, draft_id: str, photo_id: str, labels: Sequence[Mapping[str, Any]] | None) -> Photo: ...
    def delete_mask(self, draft_id: str, photo_id: str) -> None: ...

    def delete_photo(self, draft_id: str, photo_id: str) -> None: ...

    def submit(self, draft_id: str, request: JobRequest) -> Job: ...

    def estimate(self, draft_id: str, request: JobRequest) -> Estimate: ...

    def jobs_page(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        search: str | None = None,
        tags: Sequence[str] = (),
        since: str | None = None,
        until: str | None = None,
        whose: str | None = None,
        team: str | None = None,
    ) -> Jobs: ...

    def rename_job(self, job_id: str, *, name: str | None = None, tags: Sequence[str] | None = None) -> Job: ...

    def share_job(self, job_id: str, team: str | None) -> Job: ...

    def job(self, job_id: str) -> Job: ...

    def images_page(
        self,
        job_id: str,
        *,
        status: ImageStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Images: ...

    def images_of_ids(self, job_id: str, image_ids: Sequence[str]) -> list[Image]: ...

    def overview(self, job_id: str, *, limit: int | None = None, after: str | None = None) -> Overview: ...

    def image(self, job_id: str, image_id: str, *, download_name: str | None = None) -> Image: ...

    def names(self, job_id: str) -> list[PhotoNames]: ...

    def copy_photos(
        self,
        draft_id: str,
        job_id: str,
        image_ids: Sequence[str],
        *,
        file_names: Mapping[str, Sequence[str]] | None = None,
    ) -> list[Photo]: ...

    def tries(self, job_id: str) -> Tries: ...

    def cancel_job(self, job_id: str) -> Job: ...

    def set_verdict(self, job_id: str, image_id: str, verdict: Verdict | None, why: Why = UNSAID) -> Image: ...


class PhotoUploader(Protocol):
    """Sends one photo to where the API said."""

    def upload(self, target: Upload, source: PhotoSource) -> None: ...


class UserSession(Protocol):
    """A signed-in user's session with the user pool."""

    @property
    def tokens(self) -> Tokens: ...

    def on_renewed(self, tell: Callable[[Tokens], None]) -> None: ...

    def sign_out(self, *, everywhere: bool = False) -> None: ...


@dataclass(frozen=True)
class User:
    """Somebody who signed in, and what can be done in their name. `role` and `teams`: as their token says; the service
    sees to what they may do, the pages only leave out what it would refuse."""

    email: str
    session: UserSession
    api: Api
    uploader: PhotoUploader
    role: Role | None = None
    teams: tuple[str, ...] = ()

    @property
    def reads_only(self) -> bool:
        """Whether they are an auditor, who sees all and changes nothing."""
        return self.role is Role.AUDITOR

    @property
    def starts_jobs(self) -> bool:
        """Whether they make jobs: auditors and reviewers do not."""
        return may(people.User("", self.email, frozenset({self.role} if self.role else ())), Action.START)

    @property
    def sees_all(self) -> bool:
        """Whether they see everybody's jobs: auditors and ops do."""
        return people.User("", self.email, frozenset({self.role} if self.role else ())).sees_all
