"""The way to Cognito and the REST API. The app has no AWS credentials: everything is done as the user."""

from __future__ import annotations

import logging
from dataclasses import replace

import httpx
import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core import people
from backdrop.core.request import JobRequest
from backdrop.core.words.languages import ENGLISH
from backdrop_client.api import BackdropApi
from backdrop_client.auth import CognitoAuth, Session, Tokens
from backdrop_client.errors import CodeWrong, NewPasswordRequired, ResetNotPossible
from backdrop_client.retry import RetryPolicy
from backdrop_client.upload import Uploader
from backdrop_web.service.api import User
from backdrop_web.service.settings import WebSettings
from backdrop_web.text.language import find_language

logger = logging.getLogger(__name__)


class _Api(BackdropApi):
    """Submits jobs whose mails speak the reader's language."""

    def submit(self, draft_id: str, request: JobRequest) -> Job:
        language = find_language()
        return super().submit(draft_id, replace(request, language=None if language == ENGLISH else language))


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
        """Return the user.

        Raises `NewPasswordRequired` (go on with `choose_password`), `SignInError`, `ServiceUnreachable`.
        """
        return self._make_user(email, self._auth.sign_in(email, password))

    def choose_password(self, email: str, challenge: NewPasswordRequired, password: str) -> User:
        """Return the user whose temporary password this replaces. Raises `PasswordRefused`."""
        return self._make_user(email, self._auth.set_new_password(challenge, password))

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

    def _make_user(self, email: str, tokens: Tokens) -> User:
        session = Session(self._auth, tokens)
        return User(
            email=email,
            session=session,
            api=_Api(self._settings.api_url, session, http=self._http),
            uploader=Uploader(self._http),
            role=people.User("", email, people.roles_of(tokens.groups)).role,
            teams=tuple(sorted(people.teams_of(tokens.groups))),
        )


@st.cache_resource(show_spinner=False)
def connect(settings: WebSettings) -> Service:
    """Return the app's one way to the service, shared by all sessions."""
    return Service(settings)
