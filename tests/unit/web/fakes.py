"""A Backdrop service in memory, as the pages see it: the contract's answers without a network."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import PIL.Image

from backdrop.api.schemas.backdrops import Backdrop, Candidate, Recipe, RegisteredBackdrop
from backdrop.api.schemas.jobs import (
    Calls,
    Counts,
    Estimate,
    GlancedImage,
    Image,
    Images,
    Job,
    Jobs,
    Overview,
    PhotoNames,
    Problem,
    ReportUrls,
    SeenPlace,
)
from backdrop.api.schemas.mails import MailSetting
from backdrop.api.schemas.models import Limits, Model, Models, Painter, find_model
from backdrop.api.schemas.photos import (
    Draft,
    DraftCreated,
    Error,
    Label,
    ListedDraft,
    Photo,
    PhotoStatus,
    RegisteredPhoto,
    SeenMask,
    Upload,
)
from backdrop.api.schemas.proof import Proof
from backdrop.api.schemas.requests import settings_body
from backdrop.api.schemas.saved import SavedSettings
from backdrop.api.schemas.stories import Story, StoryPart
from backdrop.api.schemas.tries import Redo, TriedImage, Tries, Try
from backdrop.api.schemas.wire import changes_to_json
from backdrop.api.views.photos import error_view
from backdrop.core import clock, recipes
from backdrop.core.errors import BackdropError
from backdrop.core.options import Options
from backdrop.core.request import JobRequest
from backdrop.core.search import describe_for_search, parse_search, write_text
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import ImageStatus, JobStatus, MailState, Role, Verdict
from backdrop.jobs.again import tries as domain
from backdrop.jobs.again.tries import choose
from backdrop_client.api import NewPhoto
from backdrop_client.auth import Tokens
from backdrop_client.cognito.codes import CodeSetup
from backdrop_client.errors import (
    ApiError,
    CodeWrong,
    NewPasswordRequired,
    SignInCodeRequired,
    SignInCodeSetup,
    SignInCodeWrong,
    WrongPassword,
)
from backdrop_client.upload import PhotoSource
from backdrop_web.service.api import User
from tests.answers import make_image, make_job, make_model, make_photo, make_saved
from tests.unit.web.browser import FakeBrowser

EMAIL = "ana@example.com"
PASSWORD = "right-password"
TEMPORARY = "temporary-password"
CODE = "123456"
KEY = "JBSWY3DPEHPK3PXP"
"""What an authenticator app is given; it shows `CODE`."""
START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def model(model_id: str = "stability.inpaint", **changes: Any) -> Model:
    """A model that can be used."""
    return make_model(model_id=model_id, **changes)


PAINTERS = [
    Painter(
        model_id=f"stability.{name}",
        name=name.capitalize(),
        usd_per_picture=usd,
        price_date="2026-07-19",
        prompt_max_length=10_000,
        seed_min=1,
        seed_max=4_294_967_294,
        aspects=["1:1", "3:2"],
        requests_per_minute=90,
        regions=["us-west-2"],
    )
    for name, usd in (("core", 0.04), ("ultra", 0.14))
]


@dataclass
class FakeApi:
    """`broken(name)` decides whether an upload of that name is refused at inspection."""

    catalogue: Models = field(
        default_factory=lambda: Models(
            default_model_id="stability.inpaint",
            limits=Limits(
                max_photos=10,
                max_upload_bytes=1_000_000,
                min_side=64,
                max_pixels=50_000_000,
                content_types=["image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "image/tiff"],
            ),
            models=[
                model(),
                model("amazon.titan-v1", usable=False, state="RETIRED", reason="AWS retired it on 2026-06-30"),
            ],
            presets=[],
            painters=PAINTERS,
        )
    )
    picture: Callable[[str], str] = lambda name: f"https://pictures.example/{name}?X-Amz-Signature=1&x=2"
    broken: Callable[[str], bool] = lambda name: "broken" in name
    labels: Sequence[str] = ("Mug", "Table")
    problems: list[Problem] = field(default_factory=list)
    """What an estimate finds wrong."""
    queue_seconds: float = 0.0
    expected_seconds: float | None = None
    fail_with: Exception | None = None
    drafts: dict[str, dict[str, Photo]] = field(default_factory=dict)
    library: dict[str, Backdrop] = field(default_factory=dict)
    saved: list[SavedSettings] = field(default_factory=list)
    painted: dict[str, Candidate] = field(default_factory=dict)
    paintable: int = 1_000
    """Candidates that may be painted until the limit is reached."""
    submitted: dict[str, Job] = field(default_factory=dict)
    results: dict[str, list[Image]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    """Of photos, by their names."""
    lost: set[str] = field(default_factory=set)
    """Names of photos that never arrive in the storage."""
    photos_per_page: int = 500
    images_at_a_glance: int = 10_000
    taken_along: dict[str, list[str]] = field(default_factory=dict)
    """Photo id -> names that an earlier job gave the files of its images."""
    named: dict[str, list[str]] = field(default_factory=dict)
    """Photo id -> names that its copy was given."""
    finished: set[str | None] = field(default_factory=set)
    """Jobs that have ended."""

    unlisted: set[str] = field(default_factory=set)
    """Drafts that are not among those that are listed."""
    instead_of: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Id of a redo -> photo id -> ids of the images of the first job."""

    mail_state: MailState = MailState.ON

    doubts: dict[str, float] = field(default_factory=dict)
    """Photo id -> how far its cut-out is doubted."""
    uncuttable: set[str] = field(default_factory=set)
    """Ids of photos whose mask is not to be had."""

    def _called(self, name: str, what: Any = None) -> None:
        self.calls.append((name, what))
        if self.fail_with is not None:
            raise self.fail_with

    def count(self, name: str) -> int:
        """How often a call was made."""
        return sum(called == name for called, _ in self.calls)

    def models(self) -> Models:
        self._called("models")
        return self.catalogue

    def mail(self) -> MailSetting:
        self._called("mail")
        return MailSetting(state=self.mail_state, address=EMAIL, message=f"{self.mail_state}: {EMAIL}.")

    def turn_mail_on(self) -> MailSetting:
        self._called("turn_mail_on")
        self.mail_state = MailState.ASKED
        return self.mail()

    def turn_mail_off(self) -> MailSetting:
        self._called("turn_mail_off")
        self.mail_state = MailState.OFF
        return self.mail()

    def backdrops(self) -> list[Backdrop]:
        self._called("backdrops")
        return list(reversed(self.library.values()))

    def add_backdrop(self, picture: NewPhoto) -> RegisteredBackdrop:
        self._called("add_backdrop", picture.name)
        id_ = f"backdrop{len(self.library) + 1}"
        self.library[id_] = Backdrop(
            backdrop_id=id_, name=picture.name, status=PhotoStatus.UPLOADING, created_at=clock.iso(START)
        )
        return RegisteredBackdrop(backdrop_id=id_, upload=Upload(url="https://storage.test/", fields={"key": id_}))

    def make_backdrop(self, recipe: Recipe) -> Backdrop:
        self._called("make_backdrop", recipe)
        id_ = f"backdrop{len(self.library) + 1}"
        made = Backdrop(
            backdrop_id=id_,
            name=recipes.describe(recipe.chosen()),
            status=PhotoStatus.READY,
            created_at=clock.iso(START),
            width=2048,
            height=2048,
            recipe=recipe,
        )
        self.library[id_] = made
        return made

    def paint_backdrop(
        self, prompt: str, *, negative_prompt: str, model_id: str | None, aspect: str, seed: int
    ) -> Candidate:
        self._called("paint_backdrop", (prompt, negative_prompt, model_id, aspect, seed))
        if len(self.painted) >= self.paintable:
            raise ApiError("SPENDING_LIMIT", "The picture costs too much.", "Wait until tomorrow.", 409)
        id_ = f"{seed:032x}"
        paid = 0.0 if id_ in self.painted else PAINTERS[0].usd_per_picture
        recipe = Recipe(kind="PAINTED", prompt=prompt, seed=seed, model_id=model_id, aspect=aspect)
        self.painted[id_] = Candidate(
            candidate_id=id_,
            recipe=recipe,
            paid_usd=paid,
            width=96,
            height=64,
            picture_url="https://storage.test/painted",
            thumbnail_url="https://storage.test/painted.thumb.jpg",
        )
        return self.painted[id_]

    def keep_painting(self, candidate_id: str) -> Backdrop:
        self._called("keep_painting", candidate_id)
        id_ = f"backdrop{len(self.library) + 1}"
        recipe = self.painted[candidate_id].recipe
        self.library[id_] = Backdrop(
            backdrop_id=id_,
            name=recipe.prompt or "",
            status=PhotoStatus.READY,
            created_at=clock.iso(START),
            recipe=recipe,
        )
        return self.library[id_]

    def inspect_backdrop(self, backdrop_id: str) -> Backdrop:
        self._called("inspect_backdrop", backdrop_id)
        held = self.library[backdrop_id]
        if self.broken(held.name):
            error = Error(code="PHOTO_TRUNCATED", message="It is damaged.", next_step="Save it again.")
            found = replace(held, status=PhotoStatus.REFUSED, error=error)
        else:
            found = replace(held, status=PhotoStatus.READY, width=900, height=600, surface=0.82)
        self.library[backdrop_id] = found
        return found

    def change_backdrop(
        self, backdrop_id: str, *, name: str | None = None, surface: float | None = None, shared: bool | None = None
    ) -> Backdrop:
        self._called("change_backdrop", (backdrop_id, name, surface) if shared is None else (backdrop_id, shared))
        held = self.library[backdrop_id]
        found = replace(held, name=name or held.name, surface=surface or held.surface)
        found = replace(found, shared=held.shared if shared is None else shared)
        self.library[backdrop_id] = found
        return found

    def delete_backdrop(self, backdrop_id: str) -> None:
        self._called("delete_backdrop", backdrop_id)
        self.library.pop(backdrop_id, None)

    def saved_settings(self) -> list[SavedSettings]:
        self._called("saved_settings")
        return list(self.saved)

    def save_settings(self, name: str, team: str | None, request: JobRequest) -> SavedSettings:
        self._called("save_settings", (name, team, request))
        self.saved.append(make_saved(f"s{self.count('save_settings')}", 1, settings_body(name, team, request)))
        return self.saved[-1]

    def change_settings(self, before: SavedSettings, name: str, team: str | None, request: JobRequest) -> SavedSettings:
        self._called("change_settings", (before, name, team, request))
        (place,) = [n for n, one in enumerate(self.saved) if one.settings_id == before.settings_id]
        if self.saved[place].version != before.version:
            raise ApiError("SETTINGS_CHANGED", "They were changed.", "Choose them again.", 409)
        body = settings_body(name, team, request)
        self.saved[place] = make_saved(before.settings_id, before.version + 1, body)
        return self.saved[place]

    def delete_settings(self, settings_id: str) -> None:
        self._called("delete_settings", settings_id)
        self.saved = [one for one in self.saved if one.settings_id != settings_id]

    def create_draft(self, *, listed: bool = True) -> DraftCreated:
        self._called("create_draft")
        draft_id = f"draft{len(self.drafts) + 1:021d}"
        self.drafts[draft_id] = {}
        if not listed:
            self.unlisted.add(draft_id)
        return DraftCreated(draft_id=draft_id, created_at=clock.iso(START))

    def open_drafts(self) -> list[ListedDraft]:
        self._called("open_drafts")
        found = {id_: photos for id_, photos in self.drafts.items() if photos and id_ not in self.submitted}
        return [
            ListedDraft(
                draft_id=id_,
                created_at=clock.iso(START),
                changed_at=clock.iso(START + timedelta(minutes=5)),
                kept_until=clock.iso(START + timedelta(days=7)),
                photos=len(photos),
                first_photo=next(iter(photos.values())).name,
                thumbnail_urls=[self.picture(photo.name) for photo in list(photos.values())[:4]],
            )
            for id_, photos in reversed(found.items())
            if id_ not in self.unlisted
        ]

    def list_draft(self, draft_id: str, *, listed: bool) -> None:
        self._called("list_draft", (draft_id, listed))
        (self.unlisted.discard if listed else self.unlisted.add)(draft_id)

    def draft(self, draft_id: str, *, cursor: str | None = None) -> Draft:
        self._called("draft", draft_id)
        if draft_id not in self.drafts:
            raise ApiError("NOT_FOUND", "There is no draft of that id.", "Check the address.", 404)
        start, end = int(cursor or 0), int(cursor or 0) + self.photos_per_page
        photos = list(self.drafts[draft_id].values())
        return Draft(
            draft_id=draft_id,
            created_at=clock.iso(START),
            submitted=draft_id in self.submitted,
            photos=photos[start:end],
            cursor=str(end) if end < len(photos) else None,
        )

    def add_photos(self, draft_id: str, photos: Sequence[NewPhoto]) -> list[RegisteredPhoto]:
        self._called("add_photos", [photo.name for photo in photos])
        answers = []
        for new in photos:
            if new.size == 0:
                error = Error(code="PHOTO_EMPTY", message="The file is empty.", next_step="Copy it again.")
                answers.append(RegisteredPhoto(name=new.name, status=PhotoStatus.REFUSED, error=error))
                continue
            photo_id = f"p{len(self.sizes) + 1:07d}"
            self.sizes[photo_id] = new.size
            photo = make_photo(photo_id=photo_id, name=new.name, status=PhotoStatus.UPLOADING)
            self.drafts[draft_id][photo_id] = photo
            upload = Upload(url="https://bucket.example/", fields={"key": photo_id})
            answers.append(
                RegisteredPhoto(photo_id=photo_id, name=new.name, status=PhotoStatus.UPLOADING, upload=upload)
            )
        return answers

    def inspect_photo(self, draft_id: str, photo_id: str) -> Photo:
        self._called("inspect_photo", photo_id)
        photo = self.drafts[draft_id][photo_id]
        if photo.name in self.lost:
            raise ApiError("PHOTO_MISSING", "Nothing was uploaded.", "Upload the photo again.", 409)
        if self.broken(photo.name):
            error = Error(code="PHOTO_TRUNCATED", message="The file ends too early.", next_step="Copy it again.")
            fresh = replace(photo, status=PhotoStatus.REFUSED, error=error)
        else:
            found = [Label(name=name, confidence=97.0, boxes=[(0.2, 0.2, 0.5, 0.6)]) for name in self.labels]
            fresh = replace(
                photo,
                status=PhotoStatus.READY,
                width=1600,
                height=1200,
                bytes=self.sizes.get(photo_id, 350_000),
                sha256=self.sha256.get(photo.name),
                labels=found,
                preview_url=self.picture(photo.name),
            )
        self.drafts[draft_id][photo_id] = fresh
        return fresh

    def see_place(self, job_id: str, image_id: str) -> SeenPlace:
        self._called("see_place", image_id)
        out = io.BytesIO()
        PIL.Image.new("RGBA", (8, 6), (200, 30, 40, 255)).save(out, "WEBP")
        return SeenPlace(
            width=80,
            height=60,
            background="#ffffff",
            product=base64.b64encode(out.getvalue()).decode(),
            box=(0.25, 0.25, 0.5, 0.5),
            rim=0.06,
        )

    def see_mask(self, draft_id: str, photo_id: str, edit: Mapping[str, Any]) -> SeenMask:
        self._called("see_mask", photo_id)
        if photo_id in self.uncuttable:
            raise ApiError("INTERNAL", "The function did not answer.", "Try again.", 500)
        out = io.BytesIO()
        PIL.Image.new("L", (8, 6), 255).save(out, "PNG")
        doubt = self.doubts.get(photo_id, 0.0)
        return SeenMask(
            mask=base64.b64encode(out.getvalue()).decode(),
            width=8,
            height=6,
            source="BUILT_IN",
            doubt=doubt,
            doubtful=doubt > 0,
            place=(0.1, 0.2, 0.3, 0.4) if doubt else None,
        )

    def add_mask(self, draft_id: str, photo_id: str, size: int) -> Upload:
        self._called("add_mask", photo_id)
        return Upload(url="http://127.0.0.1:1/", fields={})

    def inspect_mask(self, draft_id: str, photo_id: str, *, edited: bool = False) -> Photo:
        self._called("inspect_mask", photo_id)
        mask_from: Literal["EDITED", "UPLOAD"] = "EDITED" if edited else "UPLOAD"
        photo = replace(self.drafts[draft_id][photo_id], has_mask=True, mask_from=mask_from, mask_sha256="ab" * 32)
        self.drafts[draft_id][photo_id] = photo
        return photo

    def correct_labels(self, draft_id: str, photo_id: str, labels: Sequence[Mapping[str, Any]] | None) -> Photo:
        self._called("correct_labels", labels)
        own = [Label(name=one["name"], confidence=0, boxes=one["boxes"], by="PERSON") for one in labels or ()]
        photo = replace(self.drafts[draft_id][photo_id], labels=own, labels_corrected=labels is not None)
        self.drafts[draft_id][photo_id] = photo
        return photo

    def delete_mask(self, draft_id: str, photo_id: str) -> None:
        self._called("delete_mask", photo_id)

    def delete_photo(self, draft_id: str, photo_id: str) -> None:
        self._called("delete_photo", photo_id)
        self.drafts[draft_id].pop(photo_id, None)

    def estimate(self, draft_id: str, request: JobRequest) -> Estimate:
        options, trial = request.options, request.trial_job_id
        asked: dict[str, Any] = {"prompt": request.prompt, "model_id": request.model_id, "labels": request.labels}
        asked |= {"options": changes_to_json(options, Options())}
        asked |= {"seeds": dict(request.seeds)} if request.seeds else {}
        self._called("estimate", asked | ({"trial_job_id": trial} if trial else {}))
        found = find_model(self.catalogue.models, request.model_id or self.catalogue.default_model_id)
        assert found is not None
        ready = [photo for photo in self.drafts[draft_id].values() if photo.status is PhotoStatus.READY]
        images = sum(len(request.seeds.get(photo.photo_id, ())) or options.variations for photo in ready)
        usd = found.price_per_image_usd * images if options.calls_models else 0.0
        calls = [Calls(model_id=found.model_id, calls=found.passes * images, usd_per_call=0.04)]
        return Estimate(
            images=images,
            calls=calls if usd else [],
            usd=usd,
            price_date="2026-10-01",
            seconds=6.0 * images,
            expected_seconds=self.expected_seconds,
            queue_seconds=self.queue_seconds,
            reused_calls=found.passes if trial in self.finished else 0,
            answer_days=30,
            equal_photos=len(ready) - len({photo.sha256 or photo.photo_id for photo in ready}),
            cut_out_already=sum(photo.mask_from == "PHOTO" for photo in ready),
            problems=[*self.problems, *_find_text_problems(request, found)],
        )

    def submit(self, draft_id: str, request: JobRequest) -> Job:
        said: dict[str, Any] = {
            "prompt": request.prompt,
            "mode": request.mode,
            "labels": dict(request.labels),
            "seed": request.seed,
            "options": request.options,
        }
        said |= {"trial": True} if request.trial else {}
        said |= {"settings": request.settings} if request.settings else {}
        said |= {"team": request.team} if request.team else {}
        said |= {"private": True} if request.private else {}
        said |= {"trial_job_id": request.trial_job_id} if request.trial_job_id else {}
        said |= {"file_names": dict(request.file_names)} if request.file_names else {}
        said |= {"redo_of": request.redo_of, "instead_of": dict(request.instead_of)} if request.redo_of else {}
        self.instead_of[draft_id] = {id_: list(ids) for id_, ids in request.instead_of.items()}
        if request.redo_of:
            first = self.submitted[request.redo_of]
            self.submitted[first.job_id] = replace(first, redos=(first.redos or 0) + 1)
        said |= {"prompts": dict(request.prompts)} if request.prompts else {}
        self._called("submit", said | ({"seeds": dict(request.seeds)} if request.seeds else {}))
        ready = [photo for photo in self.drafts[draft_id].values() if photo.status is PhotoStatus.READY]
        job = make_job(
            job_id=draft_id,
            trial=request.trial,
            trial_job_id=request.trial_job_id,
            redo_of=request.redo_of,
            created_at=clock.iso(START),
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            mode=request.mode,
            model_id=request.model_id or self.catalogue.default_model_id,
            seed=request.seed or 7,
            counts=Counts(total=len(ready), succeeded=0, failed=0, pending=len(ready)),
            eta_seconds=75,
            estimated_cost_usd=0.08 * len(ready),
            options=request.options,
            team=request.team,
            name=request.name or None,
            tags=list(request.tags),
        )
        self.submitted[draft_id] = job
        self.results[draft_id] = [
            make_image(
                image_id=photo.photo_id,
                name=photo.name,
                status=ImageStatus.QUEUED,
                labels_kept=list(request.labels.get(photo.photo_id, [])),
                labels_chosen=list(request.labels.get(photo.photo_id, [])),
                prompt=request.prompts.get(photo.photo_id),
                before_url=photo.preview_url,
            )
            for photo in ready
        ]
        return job

    def finish(self, job_id: str, fail: Sequence[str] = ()) -> None:
        """End a job; the photos named in `fail` fail."""
        images = []
        for image in self.results[job_id]:
            if image.name in fail:
                error = Error(
                    code="MODEL_REFUSED_INPUT_IMAGE",
                    message="The model's content filter refused this photo.",
                    next_step="Leave it out.",
                )
                images.append(replace(image, status=ImageStatus.FAILED, error=error))
            else:
                done = replace(
                    image,
                    status=ImageStatus.SUCCEEDED,
                    after_url=image.before_url,
                    download_url=f"{image.before_url}&download",
                    download_name=image.name,
                    link=f"http://127.0.0.1:8501/image?job={job_id}&id={image.image_id}",
                    width=1600,
                    height=1200,
                    bytes=400_000,
                )
                images.append(done)
        self.results[job_id] = images
        self.finished.add(job_id)
        failed = sum(image.status is ImageStatus.FAILED for image in images)
        status = JobStatus.SUCCEEDED if not failed else JobStatus.PARTLY_FAILED
        self.submitted[job_id] = replace(
            self.submitted[job_id],
            status=status if failed < len(images) else JobStatus.FAILED,
            counts=Counts(total=len(images), succeeded=len(images) - failed, failed=failed, pending=0),
            finished_at=clock.iso(START + timedelta(minutes=2)),
            eta_seconds=None,
            cost_usd=0.08 * (len(images) - failed),
            report_urls=ReportUrls(
                json_="https://r.example/report.json",
                csv="https://r.example/report.csv",
                html="https://r.example/report.html",
            ),
        )

    def rename_job(self, job_id: str, *, name: str | None = None, tags: Sequence[str] | None = None) -> Job:
        self._called("rename_job", (job_id, name, tags))
        job = self.submitted[job_id]
        job = replace(job, name=job.name if name is None else name, tags=job.tags if tags is None else list(tags))
        self.submitted[job_id] = job
        return job

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
    ) -> Jobs:
        self._called("jobs_page", cursor)
        wanted = parse_search(search, tags, since, until)
        jobs = [
            job
            for job in reversed(self.submitted.values())
            if not job.trial
            and (job.mine or whose != "mine")
            and team in (None, job.team)
            and (wanted is None or wanted.takes(job.created_at, job.tags, self._text_of(job)))
        ]
        start, size = int(cursor or 0), limit or 20
        return Jobs(jobs=jobs[start : start + size], cursor=str(start + size) if start + size < len(jobs) else None)

    def _text_of(self, job: Job) -> str:
        names = [photo.name for photo in self.drafts.get(job.job_id, {}).values()]
        words = (job.prompt, job.negative_prompt)
        options = job.options.chosen()
        rest = describe_for_search(job.job_id, job.requested_by or "", job.model_id, words, options, names)
        return write_text(job.name or "", job.tags, rest)

    def share_job(self, job_id: str, team: str | None) -> Job:
        self._called("share_job", (job_id, team))
        self.submitted[job_id] = replace(self.submitted[job_id], team=team)
        return self.submitted[job_id]

    def job(self, job_id: str) -> Job:
        self._called("job", job_id)
        if job_id not in self.submitted:
            raise ApiError("NOT_FOUND", "There is no job of that id.", "Check the address.", 404)
        return self.submitted[job_id]

    def images_page(
        self,
        job_id: str,
        *,
        status: ImageStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Images:
        self._called("images_page", (status, limit, cursor))
        images = [image for image in self.results[job_id] if status is None or image.status is status]
        start, size = int(cursor or 0), limit or 20
        page = images[start : start + size]
        # Each answer carries freshly signed addresses, as the real one's do.
        signed = [replace(image, before_url=f"{image.before_url}&signed={len(self.calls)}") for image in page]
        return Images(images=signed, cursor=str(start + size) if start + size < len(images) else None)

    def images_of_ids(self, job_id: str, image_ids: Sequence[str]) -> list[Image]:
        self._called("images_of_ids", list(image_ids))
        found = {image.image_id: image for image in self.results[job_id]}
        some = [found[id_] for id_ in image_ids if id_ in found]
        return [replace(image, before_url=f"{image.before_url}&signed={len(self.calls)}") for image in some]

    def overview(self, job_id: str, *, limit: int | None = None, after: str | None = None) -> Overview:
        self._called("overview", (limit, after))
        images = [image for image in self.results[job_id] if after is None or image.image_id > after]
        page = images[: limit or self.images_at_a_glance]
        glances = [
            GlancedImage(
                image_id=one.image_id, name=one.name, status=one.status, verdict=one.verdict, doubtful=bool(one.flags)
            )
            for one in page
        ]
        return Overview(images=glances, after=page[-1].image_id if len(page) < len(images) else None)

    def image(self, job_id: str, image_id: str, *, download_name: str | None = None) -> Image:
        self._called("image", (job_id, image_id, download_name))
        for image in self.results[job_id]:
            if image.image_id == image_id:
                named = bool(image.download_url and download_name)
                return replace(image, download_url=f"{image.download_url}?as={download_name}") if named else image
        raise ApiError("NOT_FOUND", "The job has no such image.", "Check the address.", 404)

    def names(self, job_id: str) -> list[PhotoNames]:
        self._called("names", job_id)
        # Of a photo whose first variations a test left out, too.
        last = {image.photo_id: image for image in self.results[job_id]}
        return [
            PhotoNames(
                photo_id=photo_id,
                name=image.name,
                images=image.variation,
                file_names=self.taken_along.get(photo_id, []),
                sku=image.sku,
            )
            for photo_id, image in last.items()
        ]

    def copy_photos(
        self,
        draft_id: str,
        job_id: str,
        image_ids: Sequence[str],
        *,
        file_names: Mapping[str, Sequence[str]] | None = None,
    ) -> list[Photo]:
        self._called("copy_photos", (draft_id, job_id, list(image_ids)))
        self.named |= {photo_id: list(names) for photo_id, names in (file_names or {}).items()}
        photos = []
        for photo_id in dict.fromkeys(image_id.partition("-")[0] for image_id in image_ids):
            source = self.drafts[job_id][photo_id]
            fresh = f"p{sum(map(len, self.drafts.values())) + 1:07d}"
            self.drafts[draft_id][fresh] = replace(source, photo_id=fresh)
            photos.append(self.drafts[draft_id][fresh])
        return photos

    def cancel_job(self, job_id: str) -> Job:
        self._called("cancel_job", job_id)
        images = self.results[job_id]
        error = Error(code="JOB_CANCELLED", message="The job was cancelled.", next_step="Run the photo again.")
        self.results[job_id] = [
            replace(image, status=ImageStatus.FAILED, error=error) if image.status is ImageStatus.QUEUED else image
            for image in images
        ]
        counts = self.submitted[job_id].counts
        left = Counts(total=counts.total, succeeded=counts.succeeded, failed=counts.total - counts.succeeded, pending=0)
        self.submitted[job_id] = replace(
            self.submitted[job_id], status=JobStatus.CANCELLED, counts=left, eta_seconds=None
        )
        return self.submitted[job_id]

    def write_page(self, job_id: str) -> Job:
        self._called("write_page", job_id)
        return self.submitted[job_id]

    def proof_page(self, job_id: str, *, after: int | None = None) -> Proof:
        self._called("proof_page", (job_id, after))
        return Proof(job_id=job_id, report_key=f"status/status_report_{job_id}.json", files=[])

    def image_story(self, job_id: str, image_id: str) -> Story:
        self._called("image_story", (job_id, image_id))
        part = StoryPart(title="Who *asked*", sentences=["Job <b>x</b>.", "It ran."])
        return Story(job_id=job_id, image_id=image_id, parts=[part])

    def tries(self, job_id: str) -> Tries:
        self._called("tries", job_id)
        redos = [one for one in self.submitted.values() if one.redo_of == job_id]
        found: dict[str, list[Try]] = {}
        for redo in redos:
            for photo_id, ids in self.instead_of[redo.job_id].items():
                for number, id_ in enumerate(ids, 1):
                    own = next(one for one in self.results[job_id] if one.image_id == id_)
                    made = f"{photo_id}-{number}" if number > 1 else photo_id
                    later = next(one for one in self.results[redo.job_id] if one.image_id == made)
                    found.setdefault(id_, [_make_try(job_id, own)]).append(_make_try(redo.job_id, later))
        return Tries(
            redos=[Redo(job_id=one.job_id, status=one.status, created_at=one.created_at) for one in redos],
            images=[
                TriedImage(image_id=id_, tries=tries, chosen=choose([_domain_try(one) for one in tries]))
                for id_, tries in found.items()
            ],
        )

    def set_verdict(self, job_id: str, image_id: str, verdict: Verdict | None, why: Why = UNSAID) -> Image:
        self._called("set_verdict", (job_id, image_id, verdict, *([why] if any(why) else [])))
        images = self.results[job_id]
        index = next(n for n, image in enumerate(images) if image.image_id == image_id)
        images[index] = replace(
            images[index], verdict=verdict, reject_reason=why.reason, reject_words=why.words or None
        )
        return images[index]


def _make_try(job_id: str, image: Image) -> Try:
    return Try(
        job_id=job_id,
        image_id=image.image_id,
        status=image.status,
        doubtful=False,
        verdict=image.verdict,
        verdict_at=image.verdict_at,
    )


def _domain_try(one: Try) -> domain.Try:
    return domain.Try(one.job_id, one.image_id, one.status, one.doubtful, one.verdict, one.verdict_at)


def _find_text_problems(request: JobRequest, model_: Model) -> list[Problem]:
    """What the service says of texts, in its own words."""
    try:
        request.checked()
    except BackdropError as error:
        return [Problem(**vars(error_view(error)))]
    length, most = len(request.prompt), model_.prompt_max_length
    if length <= most:
        return []
    words = f"The prompt has {length:,} characters; {model_.model_id} takes at most {most:,}."
    return [Problem(code="PROMPT_TOO_LONG", message=words, next_step="Shorten the prompt.")]


@dataclass
class FakeUploader:
    """Takes every photo. `fail_once` holds names that fail the first time."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    fail_once: dict[str, Exception] = field(default_factory=dict)

    def upload(self, target: Upload, source: PhotoSource) -> None:
        if error := self.fail_once.pop(source.name, None):
            raise error
        with source.open() as stream:
            self.sent.append((source.name, len(stream.read())))


@dataclass
class FakeSession:
    """Remembers whether it was ended, and whether its user has an authenticator app."""

    signed_out: bool = False
    everywhere: bool = False
    fail_with: Exception | None = None
    tokens: Tokens = field(default_factory=lambda: Tokens("id", "access", "refresh"))
    tell: Callable[[Tokens], None] | None = None

    def on_renewed(self, tell: Callable[[Tokens], None]) -> None:
        self.tell = tell

    codes: bool = False

    def has_codes(self) -> bool:
        return self.codes

    def begin_code_setup(self) -> CodeSetup:
        if self.fail_with:
            raise self.fail_with
        return CodeSetup(KEY, "")

    def turn_codes_on(self, code: str) -> None:
        if code != CODE:
            raise SignInCodeWrong
        self.codes = True

    def turn_codes_off(self) -> None:
        self.codes = False

    def sign_out(self, *, everywhere: bool = False) -> None:
        self.signed_out, self.everywhere = True, everywhere
        if self.fail_with:
            raise self.fail_with


@dataclass
class FakeService:
    """Signs `EMAIL` in."""

    api: FakeApi = field(default_factory=FakeApi)
    uploader: FakeUploader = field(default_factory=FakeUploader)
    session: FakeSession = field(default_factory=FakeSession)
    fail_with: Exception | None = None
    codes: list[str] = field(default_factory=list)
    """Addresses that codes were sent to; the code is `CODE`."""
    cookie: str | None = None
    """What the browser sends when it loads the page."""
    browser: FakeBrowser = field(default_factory=FakeBrowser)
    """The browser's side of the uploader."""
    role: Role | None = None
    teams: tuple[str, ...] = ()
    """Who signs in."""
    codes_for_all: bool = False

    def answer_code(self, email: str, challenge: SignInCodeRequired, code: str) -> User:
        if self.fail_with:
            raise self.fail_with
        if code != CODE:
            raise SignInCodeWrong
        return User(email, self.session, self.api, self.uploader, self.role, self.teams)

    def begin_code_setup(self, challenge: SignInCodeSetup) -> CodeSetup:
        return self.session.begin_code_setup()

    def finish_code_setup(self, email: str, challenge: SignInCodeSetup, setup: CodeSetup, code: str) -> User:
        self.session.turn_codes_on(code)
        return User(email, self.session, self.api, self.uploader, self.role, self.teams)

    def sign_in(self, email: str, password: str) -> User:
        if self.fail_with:
            raise self.fail_with
        if password == TEMPORARY:
            raise NewPasswordRequired(email, "challenge")
        if (email, password) != (EMAIL, PASSWORD):
            raise WrongPassword
        if self.session.codes:
            raise SignInCodeRequired(email, "challenge")
        if self.codes_for_all:
            raise SignInCodeSetup(email, "challenge")
        return User(email, self.session, self.api, self.uploader, self.role, self.teams)

    def choose_password(self, email: str, challenge: NewPasswordRequired, password: str) -> User:
        if self.fail_with:
            raise self.fail_with
        return User(email, self.session, self.api, self.uploader)

    def send_code(self, email: str) -> None:
        if self.fail_with:
            raise self.fail_with
        self.codes.append(email)

    def reset_password(self, email: str, code: str, password: str) -> User:
        if self.fail_with:
            raise self.fail_with
        if code != CODE or email not in self.codes:
            raise CodeWrong
        return User(email, self.session, self.api, self.uploader)
