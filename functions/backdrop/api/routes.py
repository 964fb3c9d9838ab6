"""The routes of the REST API: read the request, call what `jobs` does, return (docs/rest-api.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from backdrop.api import http
from backdrop.api.logs import make_logger
from backdrop.api.schemas import backdrops as backdrops_schemas
from backdrop.api.schemas import jobs as jobs_schemas
from backdrop.api.schemas import mails as mails_schemas
from backdrop.api.schemas import models as models_schemas
from backdrop.api.schemas import photos as photos_schemas
from backdrop.api.schemas import proof as proof_schemas
from backdrop.api.schemas import requests
from backdrop.api.schemas import saved as saved_schemas
from backdrop.api.schemas import stories as stories_schemas
from backdrop.api.schemas import tries as tries_schemas
from backdrop.api.schemas.wire import to_json
from backdrop.api.views import backdrops as backdrop_views
from backdrop.api.views import jobs as job_views
from backdrop.api.views import masks as mask_views
from backdrop.api.views import models as model_views
from backdrop.api.views import photos as photo_views
from backdrop.api.views import proof as proof_views
from backdrop.api.views import saved as saved_views
from backdrop.api.views import stories as story_views
from backdrop.api.views import tries as tries_views
from backdrop.aws.telemetry.writing import measure
from backdrop.core import limits
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User
from backdrop.core.search import parse_search
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop.jobs import (
    approvals,
    backdrops,
    cancellation,
    copies,
    drafts,
    duration,
    estimates,
    mask_editing,
    queries,
    submission,
)
from backdrop.jobs.again import placing, tries
from backdrop.jobs.finding import draft_list, naming
from backdrop.jobs.mails import setting as mail_setting
from backdrop.jobs.masks import mask_upload, own_labels
from backdrop.jobs.model import Job
from backdrop.jobs.painting import candidates
from backdrop.jobs.painting.colours import make_backdrop
from backdrop.jobs.people import sharing
from backdrop.jobs.saved import settings as saved_settings

logger = make_logger()
app = APIGatewayRestResolver(
    enable_validation=True, serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
)

View = dict[str, Any]

_JSON = "application/json"

_MOST_IMAGES_IN_ANSWER = 100
_MOST_AT_A_GLANCE = 10_000
_MOST_APPROVALS = 99_999_999
_MOST_PHOTOS_IN_ANSWER = 500
"""With labels and presigned URLs a photo takes a few KB; Lambda answers with 6 MB at most."""


@dataclass(frozen=True)
class Context:
    """What the routes work with, in the resolver's context as `backdrop`."""

    service: submission.Service
    prefixes: tuple[str, str, str]
    requests_per_minute: float
    web_app_url: str
    studio: candidates.Studio
    addenda: approvals.Addenda
    mails: mail_setting.Mails


def _answers(status: int, model: type, words: str) -> dict[int, Any]:
    """Return the documentation of a route's answers."""
    return {status: {"description": words, "content": {_JSON: {"model": model}}}, **_errors()}


def _errors() -> dict[int, Any]:
    """Return the documentation of what any route may answer instead."""
    words = {
        400: "The request or a file is not right",
        401: "No, an expired or a foreign ID token",
        403: "You may not do this, or not see it: the words say whom to ask",
        404: "There is no such thing of yours",
        409: "Not in the state that things are in",
        429: "Too many requests: wait a second, or as long as Retry-After says",
        500: "Ours to repair",
        503: "Something that is needed does not answer: try again later",
    }
    return {
        status: {"description": text, "content": {_JSON: {"model": photos_schemas.ErrorAnswer}}}
        for status, text in words.items()
    }


def _context() -> Context:
    context: Context = app.context["backdrop"]
    return context


def _file_of(body: requests.NewPhoto) -> drafts.NewPhoto:
    return drafts.NewPhoto(body.name, body.size, body.content_type)


def _user(action: Action = Action.START) -> User:
    return http.caller(app.current_event.raw_event, action)


@app.get("/models", summary="Models, limits and prices", responses=_answers(200, models_schemas.Models, "The models"))
def get_models() -> View:
    """Return what a job can choose from, and what this account may do with it now."""
    _user()
    service = _context().service
    return _json(model_views.catalogue_view(service.preflight, service.default_model_id))


@app.get(
    "/me/mail",
    summary="Whether you are mailed about your jobs",
    responses=_answers(200, mails_schemas.MailSetting, "The setting"),
)
def get_mail() -> View:
    """Return whether you are mailed when a job of yours ends, as AWS has it now."""
    return _mail_view(mail_setting.find_setting(_context().mails, _user()))


@app.put(
    "/me/mail",
    summary="Be mailed about your jobs",
    responses=_answers(200, mails_schemas.MailSetting, "The setting"),
)
def put_mail() -> View:
    """Have the verified address of your account mailed when a job of yours ends. AWS mails it a link first, and nothing
    more until that is followed; a second call has the link sent again."""
    return _mail_view(mail_setting.turn_on(_context().mails, _user()))


@app.delete(
    "/me/mail",
    summary="Be mailed no more about your jobs",
    responses=_answers(200, mails_schemas.MailSetting, "The setting"),
)
def delete_mail() -> View:
    """End the mails about your jobs. What AWS waits to have confirmed stays until it is forgotten, after 48 hours."""
    return _mail_view(mail_setting.turn_off(_context().mails, _user()))


@app.get(
    "/backdrops",
    summary="Your backdrops, and those that are shared",
    responses=_answers(200, backdrops_schemas.Backdrops, "All that you can use"),
)
def get_backdrops() -> View:
    """Return all of the user's backdrops, newest first, then those that others share with everybody."""
    service = _context().service
    user = _user()
    found = backdrops.find_all(service.backdrops, user)
    shown = [backdrop_views.backdrop_view(service.objects, service.bucket, row, user.sub) for row in found]
    return _json(backdrops_schemas.Backdrops(backdrops=shown))


@app.post(
    "/backdrops",
    summary="Bring a picture of your own as a backdrop",
    responses=_answers(201, backdrops_schemas.RegisteredBackdrop, "An upload"),
)
def post_backdrop(body: Annotated[requests.NewPhoto, Body()]) -> tuple[View, int]:
    """Register a backdrop. The client uploads the picture by the presigned POST, then has it inspected. It then stands
    behind the products of any number of jobs: `options.background` is `backdrop`, `options.backdrop` names it."""
    context = _context()
    service = context.service
    file = _file_of(body)
    made = backdrops.register(
        service.backdrops, service.objects, service.bucket, _user(), file, context.prefixes[0], service.now()
    )
    upload = photos_schemas.Upload(**made.upload)
    return _json(backdrops_schemas.RegisteredBackdrop(backdrop_id=made.backdrop.id, upload=upload)), HTTPStatus.CREATED


@app.patch(
    "/backdrops/<backdropId>",
    summary="Name or share a backdrop, or say where products stand on it",
    responses=_answers(200, backdrops_schemas.Backdrop, "The backdrop"),
)
def patch_backdrop(backdropId: str, body: Annotated[requests.BackdropChange, Body()]) -> View:  # noqa: N803
    """Change a backdrop's name, the height at which products stand on it, or whether it is shared. Jobs keep what they
    were submitted with."""
    service = _context().service
    row = backdrops.change(service.backdrops, _user(), backdropId, body.name, body.surface, body.shared)
    return _json(backdrop_views.backdrop_view(service.objects, service.bucket, row))


@app.post(
    "/backdrops/recipes",
    summary="Make a backdrop from colours",
    responses=_answers(201, backdrops_schemas.Backdrop, "The backdrop"),
)
def post_recipe(body: Annotated[requests.MadeBackdrop, Body()]) -> tuple[View, int]:
    """Make a backdrop from colours: nothing is uploaded, and no model is called. The same recipe answers the backdrop
    that there is of it."""
    context = _context()
    service = context.service
    row = make_backdrop(
        service.backdrops,
        service.objects,
        service.bucket,
        _user(),
        body.recipe.recipe(),
        context.prefixes[0],
        service.now(),
    )
    return _json(backdrop_views.backdrop_view(service.objects, service.bucket, row)), HTTPStatus.CREATED


@app.post(
    "/backdrops/paintings",
    summary="Paint a backdrop from words",
    responses=_answers(201, backdrops_schemas.Candidate, "A candidate"),
)
def post_painting(body: Annotated[requests.PaintingWish, Body()]) -> tuple[View, int]:
    """Have a model paint one picture from words: `painters` of `GET /models` has the models and what a picture costs.
    The same words and seed are answered with the same picture, and paid once. A candidate that nobody keeps is gone
    after some weeks."""
    studio = _context().studio
    made = candidates.paint(studio, _user(), candidates.Words(**dict(body)))
    if made.paid_usd:
        measure({"SpentUsd": made.paid_usd}, message="backdrop painted", model=made.recipe.model_id, usd=made.paid_usd)
    return _json(backdrop_views.candidate_view(studio.objects, studio.bucket, made)), HTTPStatus.CREATED


@app.post(
    "/backdrops/paintings/<candidateId>/keep",
    summary="Keep a painted backdrop",
    responses=_answers(201, backdrops_schemas.Backdrop, "The backdrop"),
)
def post_keep(candidateId: str, body: Annotated[requests.Nothing, Body()]) -> tuple[View, int]:  # noqa: N803, ARG001
    """Keep a candidate among your backdrops, as if it were uploaded, with its recipe. A second call answers the same
    backdrop."""
    context = _context()
    row = candidates.keep(context.studio, context.service.backdrops, _user(), candidateId)
    return _json(backdrop_views.backdrop_view(context.service.objects, context.service.bucket, row)), HTTPStatus.CREATED


@app.delete(
    "/backdrops/<backdropId>", summary="Delete a backdrop", responses={204: {"description": "It is gone"}, **_errors()}
)
def delete_backdrop(backdropId: str) -> Response[str]:  # noqa: N803
    """Delete a backdrop. Jobs that were made with it keep copies of their own."""
    service = _context().service
    backdrops.remove(service.backdrops, service.objects, service.bucket, _user(), backdropId)
    return Response(status_code=HTTPStatus.NO_CONTENT, body="")


@app.get(
    "/settings",
    summary="Your saved settings, and your teams'",
    responses=_answers(200, saved_schemas.AllSettings, "All that you can use"),
)
def get_settings() -> View:
    """Return all settings that you saved, then those of your teams, each by name."""
    found = saved_settings.find_all(_context().service.saved, _user())
    return _json(saved_schemas.AllSettings(settings=[saved_views.saved_view(row) for row in found]))


@app.post(
    "/settings",
    summary="Save settings for further jobs",
    responses=_answers(201, saved_schemas.SavedSettings, "The saved settings"),
)
def post_settings(body: Annotated[requests.NewSettings, Body()]) -> tuple[View, int]:
    """Save everything of a job but its photos, under a name, for yourself or for a team of yours. A submission that was
    begun with them names them as `settings`."""
    service, user = _context().service, _user()
    wish = saved_settings.Wish(body.name, body.team, body.settings.request())
    row = saved_settings.save(service.saved, service.backdrops, user, wish, service.default_model_id, service.now())
    return _json(saved_views.saved_view(row)), HTTPStatus.CREATED


@app.put(
    "/settings/<settingsId>",
    summary="Save over settings, as another version of them",
    responses=_answers(200, saved_schemas.SavedSettings, "The saved settings"),
)
def put_settings(settingsId: str, body: Annotated[requests.ChangedSettings, Body()]) -> View:  # noqa: N803
    """Save another version of settings; their name and whose they are may change with it. Refused where somebody saved
    one since the `version` that you know. Jobs keep what they were submitted with."""
    service, user = _context().service, _user()
    wish = saved_settings.Wish(body.name, body.team, body.settings.request())
    row = saved_settings.change(
        service.saved,
        service.backdrops,
        user,
        settingsId,
        body.version,
        wish,
        service.default_model_id,
        service.now(),
    )
    return _json(saved_views.saved_view(row))


@app.delete(
    "/settings/<settingsId>",
    summary="Delete saved settings",
    responses={204: {"description": "They are gone"}, **_errors()},
)
def delete_settings(settingsId: str) -> Response[str]:  # noqa: N803
    """Delete saved settings of yours, or of a team of yours. Jobs that were begun with them stay as they are."""
    saved_settings.remove(_context().service.saved, _user(), settingsId)
    return Response(status_code=HTTPStatus.NO_CONTENT, body="")


@app.post("/drafts", summary="Start a draft", responses=_answers(201, photos_schemas.DraftCreated, "The draft"))
def post_draft(body: Annotated[requests.NewDraft, Body()]) -> tuple[View, int]:
    """Start a draft, which collects photos; its id becomes the job's."""
    context = _context()
    now = context.service.now()
    draft = drafts.create(context.service.store, _user(), context.prefixes, now, listed=body.listed)
    return _json(job_views.draft_created_view(draft)), HTTPStatus.CREATED


@app.get(
    "/drafts",
    summary="Your drafts that were not submitted",
    responses=_answers(200, photos_schemas.Drafts, "The drafts"),
)
def get_drafts() -> View:
    """Return the drafts of yours that have photos and were not submitted, newest first, at most 50."""
    service = _context().service
    found = draft_list.find_drafts(service.store, _user())
    shown = [job_views.listed_draft_view(service.objects, service.bucket, one) for one in found]
    return _json(photos_schemas.Drafts(drafts=shown))


@app.patch(
    "/drafts/<draftId>",
    summary="Take a draft off the list, or put it back",
    responses=_answers(200, photos_schemas.DraftCreated, "The draft"),
)
def patch_draft(draftId: str, body: Annotated[requests.DraftChange, Body()]) -> View:  # noqa: N803
    """Take a draft off `GET /drafts`, or put it back. It stays a draft meanwhile, and goes by itself as all do."""
    draft = draft_list.set_listed(_context().service.store, _user(), draftId, listed=body.listed)
    return _json(job_views.draft_created_view(draft))


@app.get(
    "/drafts/<draftId>", summary="A draft and its photos", responses=_answers(200, photos_schemas.Draft, "The draft")
)
def get_draft(
    draftId: str,  # noqa: N803 - the name in the path
    limit: Annotated[int, Query(ge=1, le=_MOST_PHOTOS_IN_ANSWER)] = _MOST_PHOTOS_IN_ANSWER,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> View:
    """Return a draft and a page of its photos, in the order of registration; `cursor` is there when there are more."""
    service = _context().service
    draft = drafts.find(service.store, _user(), draftId)
    photos, more = queries.photos_page(service.store, draft, limit, cursor)
    shown = [photo_views.photo_view(service.objects, service.bucket, photo) for photo in photos]
    return _json(job_views.draft_view(draft, shown, more))


@app.post(
    "/drafts/<draftId>/photos",
    summary="Register photos for upload",
    responses=_answers(201, photos_schemas.RegisteredPhotos, "An upload, or a refusal, for each"),
)
def post_photos(draftId: str, body: Annotated[requests.NewPhotos, Body()]) -> tuple[View, int]:  # noqa: N803
    """Register photos. The client uploads each by the presigned POST of its answer, then has it inspected."""
    service = _context().service
    files = [_file_of(photo) for photo in body.photos]
    answers = drafts.register(service.store, service.objects, service.bucket, _user(), draftId, files, service.now())
    registered = [job_views.registered_view(answer) for answer in answers]
    return _json(photos_schemas.RegisteredPhotos(photos=registered)), HTTPStatus.CREATED


@app.post(
    "/drafts/<draftId>/copies",
    summary="Take photos of an earlier job into a draft",
    responses=_answers(201, photos_schemas.CopiedPhotos, "The photos"),
)
def post_copies(draftId: str, body: Annotated[requests.Copies, Body()]) -> tuple[View, int]:  # noqa: N803
    """Copy photos of an earlier job with their labels and masks: nothing is uploaded, inspected or paid again. What was
    kept of each is told by the job's images (`labelsKept`); submit says it anew."""
    service = _context().service
    made = copies.copy_photos(service, _user(), draftId, body.job_id, body.image_ids, body.file_names)
    shown = [photo_views.photo_view(service.objects, service.bucket, photo) for photo in made]
    return _json(photos_schemas.CopiedPhotos(photos=shown)), HTTPStatus.CREATED


@app.delete(
    "/drafts/<draftId>/photos/<photoId>",
    summary="Take a photo out of a draft",
    responses={204: {"description": "It is gone"}, **_errors()},
)
def delete_photo(draftId: str, photoId: str) -> Response[str]:  # noqa: N803
    """Take a photo out of a draft that is not submitted yet."""
    drafts.remove(_context().service.store, _user(), draftId, photoId)
    return Response(status_code=HTTPStatus.NO_CONTENT, body="")


@app.post(
    "/drafts/<draftId>/photos/<photoId>/mask",
    summary="Bring a mask of your own for a photo",
    responses=_answers(201, photos_schemas.RegisteredMask, "An upload"),
)
def post_mask(draftId: str, photoId: str, body: Annotated[requests.NewMask, Body()]) -> tuple[View, int]:  # noqa: N803
    """Register a mask for a photo: a PNG of its shape, white what is kept, or transparent what is not. The client
    uploads it by the presigned POST, then has it inspected. The mask then decides alone what is kept: no cut-out is
    made."""
    service = _context().service
    upload = mask_upload.register(service.store, service.objects, service.bucket, _user(), draftId, photoId, body.size)
    return _json(photos_schemas.RegisteredMask(upload=photos_schemas.Upload(**upload))), HTTPStatus.CREATED


@app.delete(
    "/drafts/<draftId>/photos/<photoId>/mask",
    summary="Take a photo's own mask away again",
    responses={204: {"description": "It is gone"}, **_errors()},
)
def delete_mask(draftId: str, photoId: str) -> Response[str]:  # noqa: N803
    """Take a photo's own mask away again, before the draft is submitted."""
    mask_upload.remove(_context().service.store, _user(), draftId, photoId)
    return Response(status_code=HTTPStatus.NO_CONTENT, body="")


@app.put(
    "/drafts/<draftId>/photos/<photoId>/labels",
    summary="Correct what was found in a photo",
    responses=_answers(200, photos_schemas.Photo, "The photo"),
)
def put_labels(draftId: str, photoId: str, body: Annotated[requests.PhotoLabels, Body()]) -> View:  # noqa: N803
    """Replace the labels of a photo: all of them, those that stay as they were found too. A label with a box is limited
    to it and Rekognition is asked nothing more; a box without a name is kept whatever is chosen. Copies of the photo
    have them too."""
    service = _context().service
    wishes = None if body.labels is None else [own_labels.LabelWish(one.name, one.boxes) for one in body.labels]
    photo = own_labels.correct_labels(service.store, _user(), draftId, photoId, wishes)
    return _json(photo_views.photo_view(service.objects, service.bucket, photo))


@app.post(
    "/drafts/<draftId>/photos/<photoId>/cut-out",
    summary="See what is kept of a photo, and put it right",
    responses=_answers(200, photos_schemas.SeenMask, "The mask"),
)
def post_cut_out(draftId: str, photoId: str, body: Annotated[requests.MaskEdit, Body()]) -> View:  # noqa: N803
    """Return the mask of a photo: the one that it has, else the built-in cut-out; or the one that came with the
    request, after strokes and a rectangle. Nothing is stored, and no model is paid: upload the mask that you are
    content with."""
    edit = mask_editing.MaskEdit(
        mask=body.mask,
        keep=[mask_editing.Stroke(one.points, one.width) for one in body.keep],
        remove=[mask_editing.Stroke(one.points, one.width) for one in body.remove],
        rectangle=body.rectangle,
        anew=body.anew,
    )
    seen = mask_editing.see_mask(_context().service, _user(), draftId, photoId, edit)
    return _json(mask_views.seen_mask_view(seen))


@app.post(
    "/drafts/<draftId>/estimate",
    summary="What a submission would cost and take",
    responses=_answers(200, jobs_schemas.Estimate, "Price, time, and what is still wrong"),
)
def post_estimate(draftId: str, body: Annotated[requests.Submission, Body()]) -> View:  # noqa: N803
    """Return price and time of a submission: everything is checked, nothing stored and nothing paid. What is wrong is
    told in `problems`, all at once. A guardrail, which costs money, is asked at submission only."""
    context, refusal = _context(), None
    try:
        request = body.request()
    except BackdropError as error:
        request, refusal = body.model_copy(update={"options": requests.OptionsWish()}).request(), error
    made = estimates.estimate(context.service, _user(), draftId, request, context.requests_per_minute, refusal)
    return _json(job_views.estimate_view(made))


@app.post(
    "/drafts/<draftId>/submit",
    summary="Make the draft a job",
    responses=_answers(202, jobs_schemas.Job, "The job; 200 when the draft was submitted before"),
)
def post_submit(draftId: str, body: Annotated[requests.Submission, Body()]) -> tuple[View, int]:  # noqa: N803
    """Make the draft a job. Everything is checked before anything is paid. A second call answers the same job."""
    service = _context().service
    user = _user()
    submitted = submission.submit(service, user, draftId, body.request())
    if submitted.new:
        logger.info("job submitted", extra={"job": submitted.job.id, "images": submitted.job.image_count})
    return _json(_job_view(user, submitted.job)), HTTPStatus.ACCEPTED if submitted.new else HTTPStatus.OK


@app.get(
    "/jobs", summary="Jobs that you may see, newest first", responses=_answers(200, jobs_schemas.Jobs, "A page of jobs")
)
def get_jobs(
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    trials: Annotated[bool, Query()] = False,
    whose: Annotated[queries.Whose | None, Query()] = None,
    team: Annotated[str | None, Query(max_length=200)] = None,
    search: Annotated[str | None, Query(max_length=500)] = None,
    tag: Annotated[str | None, Query(max_length=500)] = None,
    since: Annotated[str | None, Query(max_length=40)] = None,
    until: Annotated[str | None, Query(max_length=40)] = None,
) -> View:
    """Return a page of the jobs that you may see, newest first: yours and your teams', everybody's to auditors and ops;
    `cursor` is there when there are more. Trials are left out unless `trials` is true. `whose`: those that you started,
    or those of your teams; `team`: of this team. `search`: words, or parts of words, that are all in a job's name,
    tags, texts, file names, backdrop, preset, model, id or the address of who started it; `tag`: tags that it has, with
    commas between; `since`, `until`: days or moments (ISO 8601 UTC) between which it was submitted. A call looks at
    1,000 jobs: a page may hold few that match, or none, and yet have a `cursor`."""
    user = _user()
    jobs = _context().service.jobs
    wanted = parse_search(search, (tag or "").split(","), since, until)
    found, more = queries.jobs_page(jobs, user, limit, cursor, trials=trials, whose=whose, team=team, search=wanted)
    return _json(jobs_schemas.Jobs(jobs=[_job_view(user, job) for job in found], cursor=more))


@app.get("/jobs/<jobId>", summary="A job", responses=_answers(200, jobs_schemas.Job, "The job"))
def get_job(jobId: str) -> View:  # noqa: N803
    """Return a job as it is now."""
    user = _user()
    return _json(_job_view(user, queries.find_job(_context().service.jobs, user, jobId)))


@app.put(
    "/jobs/<jobId>/team",
    summary="Say which team sees a job",
    responses=_answers(200, jobs_schemas.Job, "The job"),
)
def put_team(jobId: str, body: Annotated[requests.NewTeam, Body()]) -> View:  # noqa: N803
    """Share a job of yours with a team of yours, or make it private again. Its report keeps what it says."""
    user = _user(Action.SHARE)
    return _json(_job_view(user, sharing.share(_context().service.jobs, user, jobId, body.team)))


@app.patch(
    "/jobs/<jobId>",
    summary="Name a job, or give it other tags",
    responses=_answers(200, jobs_schemas.Job, "The job"),
)
def patch_job(jobId: str, body: Annotated[requests.JobChange, Body()]) -> View:  # noqa: N803
    """Change what a job is called and its tags, running or ended. What was made, and its report, stay as they are."""
    user = _user(Action.NAME)
    return _json(_job_view(user, naming.rename(_context().service.jobs, user, jobId, body.name, body.tags)))


@app.post(
    "/jobs/<jobId>/cancel",
    summary="Cancel a job",
    responses=_answers(202, jobs_schemas.Job, "The job, which ends soon; 200 when it was cancelled before"),
)
def post_cancel(jobId: str) -> tuple[View, int]:  # noqa: N803
    """Cancel a job. Images that have not begun are left, those whose first paid call is made are finished. A job that
    was cancelled in time ends as `Cancelled`, with a report and a mail of what was done. One that does not run yet is
    `Cancelled` at once; its report and mail follow."""
    service, user = _context().service, _user(Action.CANCEL)
    cancelled = cancellation.cancel(service.jobs, user, jobId, service.now(), service.spending)
    if cancelled.new:
        logger.info("job cancelled", extra={"job": jobId})
    return _json(_job_view(user, cancelled.job)), HTTPStatus.ACCEPTED if cancelled.new else HTTPStatus.OK


@app.get(
    "/jobs/<jobId>/images", summary="A job's images", responses=_answers(200, jobs_schemas.Images, "A page of images")
)
def get_images(
    jobId: str,  # noqa: N803
    status: Annotated[Literal["Queued", "Succeeded", "Failed"] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_IMAGES_IN_ANSWER)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    ids: Annotated[str | None, Query(max_length=1200)] = None,
) -> View:
    """Return a page of a job's images, in the order the photos were registered; `cursor` is there when there are
    more. `ids`: these alone, in this order: up to 100 image ids with commas between; the others say nothing then."""
    context = _context()
    service = context.service
    job = queries.find_job(service.jobs, _user(), jobId)
    if ids is not None:
        wanted = ids.split(",")
        if len(wanted) > _MOST_IMAGES_IN_ANSWER:
            raise BackdropError(ErrorCode.INVALID_REQUEST, f"ids: up to {_MOST_IMAGES_IN_ANSWER} at once.")
        found = queries.images_of_ids(service.store, job, wanted)
        shown = [job_views.image_view(service.objects, job, one, context.web_app_url) for one in found]
        return _json(jobs_schemas.Images(images=shown))
    page = queries.images_page(service.store, job, ImageStatus(status) if status else None, limit, cursor)
    shown = [job_views.image_view(service.objects, job, one, context.web_app_url) for one in page.images]
    return _json(jobs_schemas.Images(images=shown, cursor=page.cursor))


@app.get(
    "/jobs/<jobId>/images/<imageId>",
    summary="An image",
    responses=_answers(200, jobs_schemas.Image, "The image"),
)
def get_image(
    jobId: str,  # noqa: N803
    imageId: str,  # noqa: N803
    downloadName: Annotated[str | None, Query(max_length=limits.MAX_PATH_CHARACTERS)] = None,  # noqa: N803
) -> View:
    """Return an image with fresh addresses. `downloadName`: what a browser shall call the file that it saves from
    `downloadUrl`, without the extension, which is the image's."""
    context = _context()
    service = context.service
    job = queries.find_job(service.jobs, _user(), jobId)
    if downloadName is not None and (problem := drafts.name_problem(downloadName)):
        raise BackdropError(ErrorCode.NAME_INVALID, f"downloadName: {problem}")
    image = queries.find_image(service.store, job, imageId)
    return _json(job_views.image_view(service.objects, job, image, context.web_app_url, downloadName))


@app.get(
    "/jobs/<jobId>/images/<imageId>/place",
    summary="An image in its parts, to place its product by hand",
    responses=_answers(200, jobs_schemas.SeenPlace, "The parts"),
)
def get_place(jobId: str, imageId: str) -> View:  # noqa: N803
    """Return the product of a finished image by itself, where the job's options put it, and what is behind it, both
    small. To move, scale or turn it: copy the photo into a draft, and submit that with `byHand` and `exportOf`."""
    service = _context().service
    seen = placing.see_place(service.jobs, service.store, service.objects, _user(), jobId, imageId)
    return _json(job_views.seen_place_view(seen))


@app.get(
    "/jobs/<jobId>/overview",
    summary="A job's images at a glance",
    responses=_answers(200, jobs_schemas.Overview, "The images at a glance"),
)
def get_overview(
    jobId: str,  # noqa: N803
    limit: Annotated[int, Query(ge=1, le=_MOST_AT_A_GLANCE)] = _MOST_AT_A_GLANCE,
    after: Annotated[str | None, Query(max_length=20)] = None,
) -> View:
    """Return id, name, status and verdict of a job's images, in the order the photos were registered, of most jobs all
    at once: to count, filter and search them. `after` of the answer is there when there are more; any image's id may be
    given as `after`."""
    service = _context().service
    job = queries.find_job(service.jobs, _user(), jobId)
    images, more = queries.glance_page(service.store, job, limit, after, service.now())
    return _json(job_views.overview_view(job, images, more))


@app.get(
    "/jobs/<jobId>/names",
    summary="Names of a job's photos",
    responses=_answers(200, jobs_schemas.Names, "The names"),
)
def get_names(jobId: str, cursor: Annotated[str | None, Query(max_length=500)] = None) -> View:  # noqa: N803
    """Return the names of a job's photos, in the order they were registered: all at once in most jobs. They never
    change. From them a client finds file names that are the same whichever images are downloaded, and when."""
    service = _context().service
    job = queries.find_job(service.jobs, _user(), jobId)
    return _json(job_views.names_view(queries.names_page(service.objects, job, cursor)))


@app.get(
    "/jobs/<jobId>/tries",
    summary="Images of a job that were redone",
    responses=_answers(200, tries_schemas.Tries, "Their tries"),
)
def get_tries(jobId: str) -> View:  # noqa: N803
    """Return of the job's images that were redone (`redoOf`) all tries, and which of them the job's set shows; all
    others have one try, their own. To choose a try, approve it: the one that was approved last is shown."""
    service = _context().service
    return _json(tries_views.tries_view(tries.find_set(service.jobs, service.store, _user(), jobId)))


@app.put(
    "/jobs/<jobId>/images/<imageId>/verdict",
    summary="Approve or reject an image",
    responses=_answers(200, jobs_schemas.Image, "The image"),
)
def put_verdict(jobId: str, imageId: str, body: Annotated[requests.NewVerdict, Body()]) -> View:  # noqa: N803
    """Note what a person thinks of a finished image, and why it is rejected; no other can be judged. The verdict
    changes no file and no report: it is written down beside them, signed, with who said it and when."""
    context = _context()
    service = context.service
    verdict = Verdict(body.verdict) if body.verdict else None
    job, image = approvals.judge(
        service.store,
        service.jobs,
        context.addenda,
        _user(Action.JUDGE),
        jobId,
        imageId,
        verdict,
        service.now(),
        body.why(),
    )
    return _json(job_views.image_view(service.objects, job, image, context.web_app_url))


@app.post(
    "/jobs/<jobId>/page",
    summary="Write a job's page anew",
    responses=_answers(200, jobs_schemas.Job, "The job, with the page's address"),
)
def post_page(jobId: str) -> View:  # noqa: N803
    """Write the page of a job's report once more, with what was approved and rejected until now. JSON and CSV stay as
    they are."""
    context = _context()
    service = context.service
    user = _user(Action.JUDGE)
    job = queries.find_job(service.jobs, user, jobId, Action.JUDGE)
    images, _ = queries.glance_page(service.store, job, _MOST_AT_A_GLANCE, None, service.now())
    verdicts = {image.image_id: image.verdict for image in images if image.verdict}
    rejected = [image_id for image_id, verdict in verdicts.items() if verdict is Verdict.REJECTED]
    reasons = {row.image_id: row.why for row in service.store.some(job.id, rejected)} if rejected else {}
    signer = context.addenda.ledger.signer
    story_views.write_job_page(service.objects, signer, job, verdicts, reasons, context.web_app_url, service.now())
    return _json(_job_view(user, job))


@app.get(
    "/jobs/<jobId>/story",
    summary="How a job was made",
    responses=_answers(200, stories_schemas.Story, "The story"),
)
def get_job_story(jobId: str) -> View:  # noqa: N803
    """Return in plain words what a job was asked, what came of it and what it cost, from its report."""
    service = _context().service
    job = queries.find_job(service.jobs, _user(), jobId)
    return _json(story_views.job_story_view(service.objects, job))


@app.get(
    "/jobs/<jobId>/images/<imageId>/story",
    summary="How an image was made",
    responses=_answers(200, stories_schemas.Story, "The story"),
)
def get_image_story(
    jobId: str,  # noqa: N803
    imageId: str,  # noqa: N803
    sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
) -> View:
    """Return in plain words how an image was made, from the job's report: by whom, of which photo, by which calls, at
    what price, and what was thought of it. `sha256`: of a file that is said to be the image; `match` then tells whether
    it is, byte for byte."""
    service = _context().service
    job = queries.find_job(service.jobs, _user(), jobId)
    image = queries.find_image(service.store, job, imageId)
    return _json(story_views.image_story_view(service.objects, job, image, sha256))


@app.get(
    "/jobs/<jobId>/proof",
    summary="What proves a job's report",
    responses=_answers(200, proof_schemas.Proof, "A page of files"),
)
def get_proof(
    jobId: str,  # noqa: N803
    after: Annotated[int | None, Query(ge=0, le=_MOST_APPROVALS)] = None,
) -> View:
    """Return the files that prove a job's report, as they lie beside it: its signature, the public key, its link of the
    chain of reports, and, a hundred a page, what people said about its images, each signed. `after` of the answer is
    there when there are more. `backdrop fetch` writes them beside the report, and `backdrop verify` checks them."""
    context = _context()
    service = context.service
    job = queries.find_job(service.jobs, _user(), jobId)
    return _json(proof_views.proof_view(service.objects, context.addenda.ledger, job, after))


def _json(answer: object) -> View:
    view: View = to_json(answer)
    return view


def _mail_view(setting: mail_setting.Setting) -> View:
    return _json(mails_schemas.MailSetting(state=setting.state, address=setting.address, message=setting.words))


def _job_view(user: User, job: Job) -> jobs_schemas.Job:
    service, requests_per_minute = _context().service, _context().requests_per_minute
    eta = partial(duration.eta_seconds, service, job, requests_per_minute=requests_per_minute)
    return job_views.job_view(service.store, service.objects, user, job, service.now(), eta)


def answer_event(event: dict[str, Any], lambda_context: Any, context: Context) -> dict[str, Any]:
    """Answer a Lambda proxy event of API Gateway; `context` is what the routes work with. Every answer has the
    headers of `http.HEADERS`."""
    app.append_context(backdrop=context)  # type: ignore[no-untyped-call]
    answer = app.resolve(event, lambda_context)
    # The resolver lists the values of each header.
    answer["multiValueHeaders"] |= {name: [value] for name, value in http.HEADERS.items()}
    return answer


# Errors


def _answer(status: int, body: photos_schemas.ErrorAnswer) -> Response[View]:
    return Response(status_code=status, content_type=content_types.APPLICATION_JSON, body=_json(body))


def _refused(error: BackdropError) -> Response[View]:
    http.log_refusal(logger, error)
    return _answer(error.http_status, http.error_body(error))


def _not_signed_in(_error: http.NotSignedIn) -> Response[View]:
    return _answer(HTTPStatus.UNAUTHORIZED, http.not_signed_in_body())


def _invalid(error: RequestValidationError | RequestUnsupportedContentType) -> Response[View]:
    details = [_detail(problem) for problem in error.errors()]
    words = "; ".join(f"{detail.field}: {detail.message}" for detail in details[:3])
    more = f" (and {len(details) - 3} more)" if len(details) > 3 else ""
    refusal = BackdropError(ErrorCode.INVALID_REQUEST, words + more)
    return _answer(refusal.http_status, http.error_body(refusal, details[:20]))


def _no_route(_error: NotFoundError) -> Response[View]:
    event = app.current_event
    missing = BackdropError(ErrorCode.NOT_FOUND, f"There is no {event.http_method} {event.path}.")
    return _answer(missing.http_status, http.error_body(missing))


def _unexpected(_error: Exception) -> Response[View]:
    # The edge: whatever it was, the person gets words and a number to quote, operators get the traceback.
    logger.exception("request failed")
    error = http.unexpected(http.request_id(app.current_event.raw_event))
    return _answer(error.http_status, http.error_body(error))


def _detail(problem: dict[str, Any]) -> photos_schemas.ErrorDetail:
    """Field and message only: pydantic's own report also holds the input."""
    place = [str(part) for part in problem.get("loc", ())]
    if problem.get("type") == "json_invalid":
        return photos_schemas.ErrorDetail(field="body", message="It is not JSON.")
    path = ".".join(place[1:] if place[:1] in (["body"], ["query"], ["path"]) else place)
    return photos_schemas.ErrorDetail(field=path or "body", message=str(problem.get("msg", "It is not valid.")))


app.exception_handler(BackdropError)(_refused)
app.exception_handler(http.NotSignedIn)(_not_signed_in)
app.exception_handler([RequestValidationError, RequestUnsupportedContentType])(_invalid)
app.exception_handler(NotFoundError)(_no_route)
app.exception_handler(Exception)(_unexpected)
