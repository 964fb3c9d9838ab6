"""The way to Cognito and the REST API. The app has no AWS credentials: everything is done as the user."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx

from backdrop_client.answers import (
    Catalogue,
    Draft,
    DraftCreated,
    Estimate,
    Image,
    ImagePage,
    ImageStatus,
    Job,
    JobPage,
    Options,
    Photo,
    RegisteredPhoto,
    UploadTarget,
    Verdict,
)
from backdrop_client.api import BackdropApi, NewPhoto
from backdrop_client.auth import CognitoAuth, Session, Tokens
from backdrop_client.errors import CodeWrong, NewPasswordRequired, ResetNotPossible
from backdrop_client.retry import RetryPolicy
from backdrop_client.upload import PhotoSource, Uploader
from backdrop_web.service.settings import WebSettings

logger = logging.getLogger(__name__)


class Api(Protocol):
    """The part of `BackdropApi` that the pages use; tests put a fake in its place."""

    def models(self) -> Catalogue: ...

    def create_draft(self) -> DraftCreated: ...

    def draft(self, draft_id: str, *, cursor: str | None = None) -> Draft: ...

    def add_photos(self, draft_id: str, photos: Sequence[NewPhoto]) -> list[RegisteredPhoto]: ...

    def inspect_photo(self, draft_id: str, photo_id: str) -> Photo: ...

    def delete_photo(self, draft_id: str, photo_id: str) -> None: ...

    def submit(
        self,
        draft_id: str,
        prompt: str,
        *,
        negative_prompt: str = "",
        mode: str = "PRECISE",
        model_id: str | None = None,
        seed: int | None = None,
        options: Options | None = None,
        labels: Mapping[str, Sequence[str]] | None = None,
        trial: bool = False,
        trial_job_id: str | None = None,
        seeds: Mapping[str, Sequence[int]] | None = None,
    ) -> Job: ...

    def estimate(
        self,
        draft_id: str,
        prompt: str = "",
        *,
        negative_prompt: str = "",
        mode: str = "PRECISE",
        model_id: str | None = None,
        seed: int | None = None,
        options: Options | None = None,
        labels: Mapping[str, Sequence[str]] | None = None,
        trial_job_id: str | None = None,
        seeds: Mapping[str, Sequence[int]] | None = None,
    ) -> Estimate: ...

    def jobs_page(self, *, limit: int | None = None, cursor: str | None = None) -> JobPage: ...

    def job(self, job_id: str) -> Job: ...

    def images_page(
        self,
        job_id: str,
        *,
        status: ImageStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ImagePage: ...

    def copy_photos(self, draft_id: str, job_id: str, image_ids: Sequence[str]) -> list[Photo]: ...

    def cancel_job(self, job_id: str) -> Job: ...

    def set_verdict(self, job_id: str, image_id: str, verdict: Verdict | None) -> Image: ...


class PhotoUploader(Protocol):
    """Sends one photo to where the API said."""

    def upload(self, target: UploadTarget, source: PhotoSource) -> None: ...


class UserSession(Protocol):
    """A signed-in user's session with the user pool."""

    def sign_out(self, *, everywhere: bool = False) -> None: ...


@dataclass(frozen=True)
class User:
    """Somebody who signed in, and what can be done in their name."""

    email: str
    session: UserSession
    api: Api
    uploader: PhotoUploader


class Service:
    """Signs people in. One for all of the app's sessions: it shares connections, never tokens."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._http = httpx.Client(limits=httpx.Limits(max_connections=64, max_keepalive_connections=16))
        # Somebody waits in front of a form: two tries, then the truth.
        self._auth = CognitoAuth(
            settings.client_id,
            settings.region,
            endpoint=settings.cognito_endpoint,
            http=self._http,
            policy=RetryPolicy(attempts=2),
        )

    def sign_in(self, email: str, password: str) -> User:
        """Raises `NewPasswordRequired` (go on with `choose_password`), `SignInError`, `ServiceUnreachable`."""
        return self._user(email, self._auth.sign_in(email, password))

    def choose_password(self, email: str, challenge: NewPasswordRequired, password: str) -> User:
        """The first sign-in with a temporary password. Raises `PasswordRefused`."""
        return self._user(email, self._auth.set_new_password(challenge, password))

    def send_code(self, email: str) -> None:
        """Have a code mailed to reset a forgotten password. Whether there is such an account is told to nobody.

        Raises `TooManyAttempts`, another `SignInError`, `ServiceUnreachable`.
        """
        try:
            self._auth.forgot_password(email)
        except ResetNotPossible:
            logger.info("a password reset was asked for that Cognito does not allow")

    def reset_password(self, email: str, code: str, password: str) -> User:
        """Set a new password with the mailed code, and sign in with it.

        Raises `CodeWrong`, `CodeExpired`, `PasswordRefused`, `TooManyAttempts`, and what `sign_in` raises.
        """
        try:
            self._auth.confirm_forgot_password(email, code, password)
        except ResetNotPossible as error:
            raise CodeWrong from error
        return self.sign_in(email, password)

    def _user(self, email: str, tokens: Tokens) -> User:
        session = Session(self._auth, tokens)
        return User(
            email=email,
            session=session,
            api=BackdropApi(self._settings.api_url, session, http=self._http),
            uploader=Uploader(self._http),
        )
