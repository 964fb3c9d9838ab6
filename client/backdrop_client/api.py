"""The REST API of Backdrop as Python calls. Contract: docs/rest-api.md.

No command-line and no web concerns here. One `BackdropApi` may be shared by threads.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from backdrop.api.schemas.backdrops import Backdrop, Backdrops, Candidate, Recipe, RegisteredBackdrop
from backdrop.api.schemas.jobs import Estimate, Image, Images, Job, Jobs, Names, Overview, PhotoNames, SeenPlace
from backdrop.api.schemas.mails import MailSetting
from backdrop.api.schemas.models import Models
from backdrop.api.schemas.photos import (
    Draft,
    DraftCreated,
    Drafts,
    ListedDraft,
    Photo,
    RegisteredPhoto,
    SeenMask,
    Upload,
)
from backdrop.api.schemas.proof import Proof
from backdrop.api.schemas.requests import settings_body, submission_body
from backdrop.api.schemas.saved import SavedSettings
from backdrop.api.schemas.stories import Story
from backdrop.api.schemas.tries import Tries
from backdrop.api.schemas.wire import to_json
from backdrop.core.request import JobRequest
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop.core.words.marks import mark_phrase, phrase
from backdrop_client.auth import TokenSource
from backdrop_client.errors import ApiError, ServiceUnreachable, SessionExpired, UnexpectedAnswer
from backdrop_client.retry import (
    DEFAULT_POLICY,
    TRANSIENT_STATUS,
    RetryPolicy,
    TryAgain,
    reason_of,
    retry_after,
    retrying,
)

PHOTOS_PER_CALL = 100
"""`POST /drafts/{id}/photos` and `.../copies` take at most this many."""

FRESH_SECONDS = 600.0
"""Addresses are good for 15 minutes (docs/rest-api.md)."""

_SERVICE = mark_phrase("The Backdrop service")
# API Gateway gives up on a function after 29 s, so waiting longer for an answer is pointless.
_TIMEOUT = httpx.Timeout(35.0, connect=5.0)
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=32)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class NewPhoto:
    """What registering a photo needs: name as the user knows it, size in bytes, MIME type if known."""

    name: str
    size: int
    content_type: str | None = None


class BackdropApi:
    """Calls of a signed-in user.

    Args:
        api_url: address with the stage, such as `https://x.execute-api.eu-west-1.amazonaws.com/v1`.
        session: gives the ID token and renews it.
        http: a client to share; its owner closes it.
        policy: retries of calls that may be repeated.

    Every call raises `ApiError` (the API says no), `ServiceUnreachable`, `SessionExpired` or `UnexpectedAnswer`.
    """

    def __init__(
        self,
        api_url: str,
        session: TokenSource,
        http: httpx.Client | None = None,
        policy: RetryPolicy = DEFAULT_POLICY,
    ) -> None:
        self._url = api_url.rstrip("/")
        self._session = session
        self._http = http or httpx.Client(timeout=_TIMEOUT, limits=_LIMITS)
        self._policy = policy

    def models(self) -> Models:
        """The models that can be chosen, their limits and prices."""
        return _parse(Models, self._get("/models"))

    def mail(self) -> MailSetting:
        """Whether the user is mailed about the own jobs."""
        return _parse(MailSetting, self._get("/me/mail"))

    def turn_mail_on(self) -> MailSetting:
        """Have the user's address mailed about the own jobs, once it has confirmed."""
        return _parse(MailSetting, self._call("PUT", "/me/mail"))

    def turn_mail_off(self) -> MailSetting:
        """End the mails about the user's jobs."""
        return _parse(MailSetting, self._call("DELETE", "/me/mail"))

    def backdrops(self) -> list[Backdrop]:
        """The user's backdrops, newest first, then those that others share."""
        return _parse(Backdrops, self._get("/backdrops")).backdrops

    def add_backdrop(self, picture: NewPhoto) -> RegisteredBackdrop:
        """Where a picture of one's own may be uploaded; inspect it after that."""
        body = _file_body(picture)
        return _parse(RegisteredBackdrop, self._call("POST", "/backdrops", body=body, repeatable=False))

    def make_backdrop(self, recipe: Recipe) -> Backdrop:
        """A backdrop made from colours. The same recipe answers the same backdrop."""
        return _parse(Backdrop, self._call("POST", "/backdrops/recipes", body={"recipe": to_json(recipe)}))

    def paint_backdrop(
        self, prompt: str, *, negative_prompt: str, model_id: str | None, aspect: str, seed: int
    ) -> Candidate:
        """A picture that a model paints from words. The same words and seed answer the same one, and are paid once;
        it is not asked twice all the same, for an answer that does not come may be on its way."""
        wish = {"prompt": prompt, "negativePrompt": negative_prompt, "aspect": aspect, "seed": seed}
        body = {**wish, **({"modelId": model_id} if model_id else {})}
        return _parse(Candidate, self._call("POST", "/backdrops/paintings", body=body, repeatable=False))

    def keep_painting(self, candidate_id: str) -> Backdrop:
        """Keep a painted picture among one's backdrops. A second call answers the same backdrop."""
        path = f"/backdrops/paintings/{_segment(candidate_id)}/keep"
        return _parse(Backdrop, self._call("POST", path, body={}))

    def inspect_backdrop(self, backdrop_id: str) -> Backdrop:
        """Have an uploaded backdrop checked. A second call answers the same."""
        return _parse(Backdrop, self._call("POST", f"/backdrops/{_segment(backdrop_id)}/inspect", body={}))

    def change_backdrop(
        self, backdrop_id: str, *, name: str | None = None, surface: float | None = None, shared: bool | None = None
    ) -> Backdrop:
        """Call a backdrop otherwise, say at which share of its height products stand on it, or whether everybody may
        use it; None: as it is."""
        changes = {"name": name, "surface": surface, "shared": shared}
        return _parse(Backdrop, self._call("PATCH", f"/backdrops/{_segment(backdrop_id)}", body=changes))

    def delete_backdrop(self, backdrop_id: str) -> None:
        """Delete a backdrop. One that is not there any more is no error."""
        try:
            self._call("DELETE", f"/backdrops/{_segment(backdrop_id)}")
        except ApiError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def create_draft(self, *, listed: bool = True) -> DraftCreated:
        """A new, empty draft; its id becomes the job's id. `listed`: whether it is among `open_drafts`."""
        body = {} if listed else {"listed": False}
        return _parse(DraftCreated, self._call("POST", "/drafts", body=body, repeatable=False))

    def open_drafts(self) -> list[ListedDraft]:
        """The user's drafts that have photos and were not submitted, newest first."""
        return _parse(Drafts, self._get("/drafts")).drafts

    def list_draft(self, draft_id: str, *, listed: bool) -> None:
        """Put a draft among `open_drafts`, or take it off."""
        self._call("PATCH", f"/drafts/{_segment(draft_id)}", body={"listed": listed})

    def draft(self, draft_id: str, *, limit: int | None = None, cursor: str | None = None) -> Draft:
        """A draft with one page of its photos, in the order they were registered."""
        return _parse(Draft, self._get(f"/drafts/{_segment(draft_id)}", {"limit": limit, "cursor": cursor}))

    def add_photos(self, draft_id: str, photos: Sequence[NewPhoto]) -> list[RegisteredPhoto]:
        """Register 1 to 100 photos; the answers come in the order given, each with a target or a refusal."""
        listed = [_file_body(photo) for photo in photos]
        path = f"/drafts/{_segment(draft_id)}/photos"
        answer = self._call("POST", path, body={"photos": listed}, repeatable=False)
        answers = [_parse(RegisteredPhoto, item) for item in _list(answer, "photos")]
        if len(answers) != len(photos):
            raise UnexpectedAnswer(_SERVICE, f"{len(answers)} answers for {len(photos)} photos")
        return answers

    def copy_photos(
        self,
        draft_id: str,
        job_id: str,
        image_ids: Sequence[str],
        *,
        file_names: Mapping[str, Sequence[str]] | None = None,
    ) -> list[Photo]:
        """Take photos of an earlier job of the user's into a draft: 1 to 100 ids of its images a call.

        They come ready, with their labels and masks. Ids of several variations of a photo make one copy.

        Args:
            file_names: photo id -> names that the copy's images take along (`JobNames.kept_by_copy`).
        """
        body: dict[str, Any] = {"jobId": job_id, "imageIds": list(image_ids)}
        if file_names:
            body["fileNames"] = {photo_id: list(names) for photo_id, names in file_names.items()}
        answer = self._call("POST", f"/drafts/{_segment(draft_id)}/copies", body=body, repeatable=False)
        return [_parse(Photo, item) for item in _list(answer, "photos")]

    def inspect_photo(self, draft_id: str, photo_id: str) -> Photo:
        """Have an uploaded photo checked and its labels found. A second call answers the same and costs nothing."""
        path = f"/drafts/{_segment(draft_id)}/photos/{_segment(photo_id)}/inspect"
        return _parse(Photo, self._call("POST", path, body={}))

    def add_mask(self, draft_id: str, photo_id: str, size: int) -> Upload:
        """Where a mask of one's own (a PNG of `size` bytes) may be uploaded for a good photo; inspect it after that."""
        answer = self._call("POST", _mask_path(draft_id, photo_id), body={"size": size})
        return _parse(Upload, answer.get("upload"))

    def inspect_mask(self, draft_id: str, photo_id: str, *, edited: bool = False) -> Photo:
        """Have an uploaded mask checked; from then on it decides what is kept of the photo. `edited`: somebody made it
        by hand, in the mask editor."""
        body = {"edited": True} if edited else {}
        return _parse(Photo, self._call("POST", f"{_mask_path(draft_id, photo_id)}/inspect", body=body))

    def see_mask(self, draft_id: str, photo_id: str, edit: Mapping[str, Any]) -> SeenMask:
        """What is kept of a photo, after it was put right as `edit` says (the API's `MaskEdit`). Nothing is stored."""
        path = f"/drafts/{_segment(draft_id)}/photos/{_segment(photo_id)}/cut-out"
        return _parse(SeenMask, self._call("POST", path, body=dict(edit)))

    def see_place(self, job_id: str, image_id: str) -> SeenPlace:
        """A finished image in its parts, to place its product by hand. Nothing is stored."""
        path = f"/jobs/{_segment(job_id)}/images/{_segment(image_id)}/place"
        return _parse(SeenPlace, self._call("GET", path))

    def correct_labels(self, draft_id: str, photo_id: str, labels: Sequence[Mapping[str, Any]] | None) -> Photo:
        """Have a photo have these labels and no others, each `{"name", "boxes"?}`; None: those that were found."""
        body = {"labels": None if labels is None else list(labels)}
        path = f"/drafts/{_segment(draft_id)}/photos/{_segment(photo_id)}/labels"
        return _parse(Photo, self._call("PUT", path, body=body))

    def delete_mask(self, draft_id: str, photo_id: str) -> None:
        """Use no mask of one's own after all. One that is not there any more is no error."""
        try:
            self._call("DELETE", _mask_path(draft_id, photo_id))
        except ApiError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def delete_photo(self, draft_id: str, photo_id: str) -> None:
        """Take a photo out of a draft. One that is not there any more is no error."""
        try:
            self._call("DELETE", f"/drafts/{_segment(draft_id)}/photos/{_segment(photo_id)}")
        except ApiError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def submit(self, draft_id: str, request: JobRequest) -> Job:
        """Start the paid work. Submitting the same draft again answers the same job, so it may be repeated."""
        path = f"/drafts/{_segment(draft_id)}/submit"
        return _parse(Job, self._call("POST", path, body=submission_body(request)))

    def estimate(self, draft_id: str, request: JobRequest) -> Estimate:
        """What `submit` with the same request would cost and take, or why it would be refused. Starts nothing.

        Of a draft without photos, too: then all that is wrong with the request itself is named.
        """
        path = f"/drafts/{_segment(draft_id)}/estimate"
        return _parse(Estimate, self._call("POST", path, body=submission_body(request)))

    def saved_settings(self) -> list[SavedSettings]:
        """All saved settings of the user's, then those of the user's teams, each by name."""
        return [_parse(SavedSettings, item) for item in _list(self._get("/settings"), "settings")]

    def save_settings(self, name: str, team: str | None, request: JobRequest) -> SavedSettings:
        """Save what is asked for, but for what is about single photos, under a new name; `team`: for all of a team."""
        body = settings_body(name, team, request)
        return _parse(SavedSettings, self._call("POST", "/settings", body=body, repeatable=False))

    def change_settings(self, before: SavedSettings, name: str, team: str | None, request: JobRequest) -> SavedSettings:
        """Save over settings, as another version of them; refused where somebody else was quicker."""
        body = settings_body(name, team, request, before.version)
        path = f"/settings/{_segment(before.settings_id)}"
        return _parse(SavedSettings, self._call("PUT", path, body=body, repeatable=False))

    def delete_settings(self, settings_id: str) -> None:
        """Delete saved settings. Those that are not there any more are no error."""
        try:
            self._call("DELETE", f"/settings/{_segment(settings_id)}")
        except ApiError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    def rename_job(self, job_id: str, *, name: str | None = None, tags: Sequence[str] | None = None) -> Job:
        """Call a job otherwise, or give it other tags; None: as it is."""
        changes = {"name": name, "tags": None if tags is None else list(tags)}
        return _parse(Job, self._call("PATCH", f"/jobs/{_segment(job_id)}", body=changes))

    def jobs_page(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        trials: bool = False,
        whose: str | None = None,
        team: str | None = None,
        search: str | None = None,
        tags: Sequence[str] = (),
        since: str | None = None,
        until: str | None = None,
    ) -> Jobs:
        """One page of the jobs that the user may see, newest first; with `trials` those of one photo that were tries,
        too. `whose`: `mine` or `teams`; `team`: of that team alone. What is searched (docs/rest-api.md): a page may
        hold few or none that match, and yet have a next one."""
        query = {"limit": limit, "cursor": cursor, "trials": "true" if trials else None, "whose": whose, "team": team}
        query |= {"search": search or None, "tag": ",".join(tags) or None, "since": since, "until": until}
        return _parse(Jobs, self._get("/jobs", query))

    def job(self, job_id: str) -> Job:
        """A job as it is now."""
        return _parse(Job, self._get(f"/jobs/{_segment(job_id)}"))

    def cancel_job(self, job_id: str) -> Job:
        """Cancel a job: images that have not begun are left, the others are finished. Twice does no harm."""
        return _parse(Job, self._call("POST", f"/jobs/{_segment(job_id)}/cancel"))

    def share_job(self, job_id: str, team: str | None) -> Job:
        """Let a team of the user's see a job that the user started; None: it is private."""
        return _parse(Job, self._call("PUT", f"/jobs/{_segment(job_id)}/team", body={"team": team}))

    def write_page(self, job_id: str) -> Job:
        """Have the page of a job's report written anew, with what was approved until now; the job has its address."""
        return _parse(Job, self._call("POST", f"/jobs/{_segment(job_id)}/page"))

    def proof_page(self, job_id: str, *, after: int | None = None) -> Proof:
        """A page of the files that prove a job's report; `after`: of the page before."""
        return _parse(Proof, self._get(f"/jobs/{_segment(job_id)}/proof", {"after": after}))

    def job_story(self, job_id: str) -> Story:
        """How a job was made, in words, from its report."""
        return _parse(Story, self._get(f"/jobs/{_segment(job_id)}/story"))

    def image_story(self, job_id: str, image_id: str, sha256: str | None = None) -> Story:
        """How an image was made, in words, from the job's report; `sha256`: of a file that is said to be it."""
        path = f"/jobs/{_segment(job_id)}/images/{_segment(image_id)}/story"
        return _parse(Story, self._get(path, {"sha256": sha256}))

    def set_verdict(self, job_id: str, image_id: str, verdict: Verdict | None, why: Why = UNSAID) -> Image:
        """Approve or reject a finished image, and say why; None takes an earlier verdict back."""
        path = f"/jobs/{_segment(job_id)}/images/{_segment(image_id)}/verdict"
        body: dict[str, Any] = {"verdict": verdict, **({"reason": why.reason} if why.reason else {})}
        body |= {"words": why.words} if why.words else {}
        return _parse(Image, self._call("PUT", path, body=body))

    def tries(self, job_id: str) -> Tries:
        """The images of a job that were redone, with all their tries."""
        return _parse(Tries, self._get(f"/jobs/{_segment(job_id)}/tries"))

    def images_page(
        self,
        job_id: str,
        *,
        status: ImageStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Images:
        """One page of a job's images, with addresses that are good for 15 minutes."""
        query = {"status": status, "limit": limit, "cursor": cursor}
        return _parse(Images, self._get(f"/jobs/{_segment(job_id)}/images", query))

    def images_of_ids(self, job_id: str, image_ids: Sequence[str]) -> list[Image]:
        """Read up to 100 images of a job, in the order of the ids; those that it does not have left out."""
        return _parse(Images, self._get(f"/jobs/{_segment(job_id)}/images", {"ids": ",".join(image_ids)})).images

    def overview(self, job_id: str, *, limit: int | None = None, after: str | None = None) -> Overview:
        """A job's images at a glance, behind the image id `after`: of most jobs all at once."""
        return _parse(Overview, self._get(f"/jobs/{_segment(job_id)}/overview", {"limit": limit, "after": after}))

    def images(self, job_id: str, *, status: ImageStatus | None = None, limit: int = 100) -> Iterator[Image]:
        """All images of a job, in the order of its photos; see `images_of`."""
        return images_of(self, job_id, status=status, limit=limit)

    def image(self, job_id: str, image_id: str, *, download_name: str | None = None) -> Image:
        """An image as it is now.

        `download_name`: what a browser calls the file that it saves from `download_url`, without extension.
        """
        query = {"downloadName": download_name}
        return _parse(Image, self._get(f"/jobs/{_segment(job_id)}/images/{_segment(image_id)}", query))

    def names(self, job_id: str) -> list[PhotoNames]:
        """What all photos of a job are called, in their order. It never changes."""
        names: list[PhotoNames] = []
        cursor: str | None = None
        while True:
            page = _parse(Names, self._get(f"/jobs/{_segment(job_id)}/names", {"cursor": cursor}))
            names += page.photos
            if not page.cursor:
                return names
            cursor = page.cursor

    def _get(self, path: str, query: Mapping[str, str | int | None] | None = None) -> dict[str, Any]:
        return self._call("GET", path, query={k: v for k, v in (query or {}).items() if v is not None})

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: dict[str, Any] | None = None,
        repeatable: bool = True,
    ) -> dict[str, Any]:
        """One API call with retries and at most one renewal of the token.

        A call that must not run twice is sent again only where it surely never ran: no connection was made, or it
        was turned away with 429.
        """

        def attempt() -> dict[str, Any]:
            token = self._session.id_token
            response = self._send(method, path, query, body, token, repeatable)
            if response.status_code == httpx.codes.UNAUTHORIZED:
                self._session.renew(token)
                response = self._send(method, path, query, body, self._session.id_token, repeatable)
                if response.status_code == httpx.codes.UNAUTHORIZED:
                    raise SessionExpired
            return _answer(response, repeatable)

        return retrying(attempt, self._policy)

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: dict[str, Any] | None,
        token: str,
        repeatable: bool,
    ) -> httpx.Response:
        try:
            return self._http.request(
                method,
                self._url + path,
                params=query or None,
                json=body,
                headers={"Authorization": token},
                timeout=_TIMEOUT,
            )
        except httpx.InvalidURL as error:
            raise ServiceUnreachable(_SERVICE, phrase("the address is not valid ({error})", error=error)) from error
        except httpx.HTTPError as error:
            unreachable = ServiceUnreachable(f"{_SERVICE} at {_host(self._url)}", reason_of(error))
            never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            if repeatable or never_sent:
                raise TryAgain(unreachable) from error
            raise unreachable from error


class ImagePages(Protocol):
    """What tells the images of a job: `BackdropApi.images_page`."""

    def images_page(
        self,
        job_id: str,
        *,
        status: ImageStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Images: ...


def images_of(
    api: ImagePages,
    job_id: str,
    *,
    status: ImageStatus | None = None,
    limit: int = 100,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Image]:
    """All images of a job, a page at a time as they are asked for.

    A page whose addresses may have run out before all of its images were asked for is fetched again, so each image
    comes with an address that is good for five minutes at least.
    """
    cursor: str | None = None
    while True:
        page, fetched = api.images_page(job_id, status=status, limit=limit, cursor=cursor), clock()
        fresh = {image.image_id: image for image in page.images}
        for image in page.images:
            if clock() - fetched > FRESH_SECONDS:
                again, fetched = api.images_page(job_id, status=status, limit=limit, cursor=cursor), clock()
                fresh |= {image.image_id: image for image in again.images}
            yield fresh[image.image_id]
        if not page.cursor:
            return
        cursor = page.cursor


def _file_body(file: NewPhoto) -> dict[str, Any]:
    return {"name": file.name, "size": file.size} | ({"contentType": file.content_type} if file.content_type else {})


def _answer(response: httpx.Response, repeatable: bool) -> dict[str, Any]:
    """The JSON of a good answer; an `ApiError` for any other, wrapped in `TryAgain` where another try may help."""
    if response.is_success:
        if response.status_code == httpx.codes.NO_CONTENT:
            return {}
        return _json_object(response)
    failure = _api_error(response)
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS or (repeatable and status in TRANSIENT_STATUS):
        raise TryAgain(failure, retry_after(response))
    raise failure


def _api_error(response: httpx.Response) -> ApiError:
    """The API's own error, or one made from what API Gateway answers by itself (`{"message": ...}`)."""
    status = response.status_code
    try:
        body = response.json()
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        details = error.get("details")
        return ApiError(
            str(error.get("code", f"HTTP_{status}")),
            str(error.get("message", response.reason_phrase)),
            str(error.get("nextStep", "")),
            status,
            details if isinstance(details, list) else (),
        )
    text = body.get("message") or body.get("Message") if isinstance(body, dict) else None
    return ApiError(
        f"HTTP_{status}",
        phrase("The service answered {status} {reason_phrase}", status=status, reason_phrase=response.reason_phrase)
        + (f": {text}" if text else "."),
        phrase("Check the address of the API.") if status in {403, 404} else phrase("Try again later."),
        status,
    )


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        raise UnexpectedAnswer(_SERVICE, f"HTTP {response.status_code} without JSON") from error
    if not isinstance(body, dict):
        raise UnexpectedAnswer(_SERVICE, f"HTTP {response.status_code} with JSON that is no object")
    return body


def _list(answer: dict[str, Any], field: str) -> list[Any]:
    items = answer.get(field)
    if not isinstance(items, list):
        raise UnexpectedAnswer(_SERVICE, f"no list `{field}`")
    return items


def _parse(kind: type[Answer], answer: Any) -> Answer:
    """The answer, as it is declared. Fields that a newer service added are left out."""
    try:
        return cast(Answer, _reader(cast(Hashable, kind)).validate_python(answer, extra="ignore"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnexpectedAnswer(_SERVICE, f"{kind.__name__}.{where}: {first['msg']}") from error


@cache
def _reader(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _mask_path(draft_id: str, photo_id: str) -> str:
    return f"/drafts/{_segment(draft_id)}/photos/{_segment(photo_id)}/mask"


def _segment(part: str) -> str:
    """A path segment that can't break out of its place, whatever a user typed as an id: dots, or nothing at all."""
    return quote(part, safe="", errors="replace") if not re.fullmatch(r"\.*", part) else "-"


def _host(url: str) -> str:
    return httpx.URL(url).host or url
