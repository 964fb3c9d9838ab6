from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from backdrop.api.schemas.jobs import Images
from backdrop.api.schemas.models import find_model
from backdrop.api.schemas.photos import PhotoStatus
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop_client.api import BackdropApi, NewPhoto, images_of
from backdrop_client.auth import Session
from backdrop_client.errors import ApiError, ServiceUnreachable, SessionExpired, UnexpectedAnswer
from backdrop_client.retry import RetryPolicy, TryAgain, retrying
from backdrop_client.upload import PhotoSource, Uploader
from tests.answers import make_image
from tests.unit.client.fake import FakeBackdrop, Fault


def submit_one(api: BackdropApi, name: str = "mug.jpg") -> str:
    draft = api.create_draft()
    photo = api.add_photos(draft.draft_id, [NewPhoto(name, 3, "image/jpeg")])[0]
    assert photo.upload
    assert photo.photo_id
    Uploader().upload(photo.upload, PhotoSource.from_bytes(name, b"mug"))
    api.inspect_photo(draft.draft_id, photo.photo_id)
    return api.submit(draft.draft_id, JobRequest("a beach")).job_id


def test_models_are_typed(api: BackdropApi) -> None:
    catalogue = api.models()
    model = find_model(catalogue.models, catalogue.default_model_id)
    assert model
    assert model.prompt_max_length == 100
    assert catalogue.limits.max_upload_bytes == 100_000


def test_every_route_of_a_job_answers_typed(fake: FakeBackdrop, api: BackdropApi) -> None:
    fake.polls_until_done = 2
    job_id = submit_one(api)
    draft = api.draft(job_id)
    assert draft.submitted
    assert draft.photos[0].status is PhotoStatus.READY
    assert draft.photos[0].labels[0].boxes == [(0.1, 0.1, 0.5, 0.5)]
    assert api.job(job_id).status is JobStatus.RUNNING
    job = api.job(job_id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.report_urls
    assert job.report_urls.json_
    assert [listed.job_id for listed in api.jobs_page(limit=5).jobs] == [job_id]
    image = next(api.images(job_id))
    assert image.status is ImageStatus.SUCCEEDED
    assert image.download_name == "mug.png"


def test_images_follow_the_cursor_to_the_last_page(fake: FakeBackdrop, api: BackdropApi) -> None:
    draft = api.create_draft()
    for photo in api.add_photos(draft.draft_id, [NewPhoto(f"{n}.jpg", 1) for n in range(5)]):
        api.inspect_photo(draft.draft_id, photo.photo_id or "")
    job_id = api.submit(draft.draft_id, JobRequest("a beach")).job_id
    assert [image.name for image in api.images(job_id)] == [f"{n}.jpg" for n in range(5)]
    assert fake.count("GET /v1/jobs/d1/images") == 3


def test_the_prompt_is_sent_verbatim(fake: FakeBackdrop, api: BackdropApi) -> None:
    draft = api.create_draft()
    prompt = 'a 19" monitor\n{{token}} \\ ☕ é'
    api.submit(draft.draft_id, JobRequest(prompt, "people", seed=0, labels={"p0": ["Mug"]}))
    assert fake.submitted == {
        "prompt": prompt,
        "negativePrompt": "people",
        "seed": 0,
        "labels": {"p0": ["Mug"]},
    }


def test_an_expired_token_is_renewed_once_and_the_call_repeated(
    fake: FakeBackdrop, api: BackdropApi, session: Session
) -> None:
    old = session.id_token
    fake.valid_token = "something-else"
    assert api.models().models
    assert session.id_token != old
    assert fake.count("GET /v1/models") == 2


def test_a_token_refused_after_renewal_ends_the_session(fake: FakeBackdrop, api: BackdropApi) -> None:
    fake.fail("GET", "/v1/models", *[Fault(401, {"message": "Unauthorized"})] * 3)
    with pytest.raises(SessionExpired):
        api.models()
    assert fake.count("GET /v1/models") == 2


def test_a_revoked_refresh_token_ends_the_session(fake: FakeBackdrop, api: BackdropApi) -> None:
    fake.revoked.append("refresh-1")
    fake.valid_token = "something-else"
    with pytest.raises(SessionExpired):
        api.models()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_repeatable_calls_are_repeated(fake: FakeBackdrop, api: BackdropApi, status: int) -> None:
    fake.fail("GET", "/v1/models", *[Fault(status, {"message": "busy"})] * 3)
    assert api.models().models
    assert fake.count("GET /v1/models") == 4


def test_repeats_are_bounded(fake: FakeBackdrop, api: BackdropApi) -> None:
    fake.fail("GET", "/v1/models", *[Fault(503, {"message": "busy"})] * 99)
    with pytest.raises(ApiError) as caught:
        api.models()
    assert caught.value.status == 503
    assert fake.count("GET /v1/models") == 5


def test_a_call_that_must_not_run_twice_is_not_repeated_after_a_failure(fake: FakeBackdrop, api: BackdropApi) -> None:
    fake.fail("POST", "/v1/drafts", Fault(502, {"message": "Internal server error"}))
    with pytest.raises(ApiError):
        api.create_draft()
    assert fake.count("POST /v1/drafts") == 1


def test_a_call_that_was_turned_away_is_repeated_even_so(fake: FakeBackdrop, api: BackdropApi) -> None:
    fake.fail("POST", "/v1/drafts", Fault(429, {"message": "Too Many Requests"}, {"Retry-After": "0"}))
    assert api.create_draft().draft_id == "d1"


def test_an_api_error_carries_code_message_next_step_status_and_details(fake: FakeBackdrop, api: BackdropApi) -> None:
    error = {"code": "PROMPT_TOO_LONG", "message": "too long", "nextStep": "Shorten it.", "details": ["prompt"]}
    fake.fail("POST", "/v1/drafts/d1/submit", Fault(400, {"error": error}))
    with pytest.raises(ApiError) as caught:
        api.submit("d1", JobRequest("x"))
    refused = caught.value
    assert (refused.code, refused.message, refused.next_step, refused.status, refused.details) == (
        "PROMPT_TOO_LONG",
        "too long",
        "Shorten it.",
        400,
        ["prompt"],
    )


def test_api_gateways_own_errors_are_understood(fake: FakeBackdrop, api: BackdropApi) -> None:
    fake.fail("GET", "/v1/models", Fault(403, {"message": "Missing Authentication Token"}))
    with pytest.raises(ApiError, match="Missing Authentication Token") as caught:
        api.models()
    assert caught.value.code == "HTTP_403"


@pytest.mark.parametrize("body", ["<html>hello</html>", [1, 2], {"defaultModelId": "x"}])
def test_an_answer_of_another_shape_is_named_not_crashed_on(fake: FakeBackdrop, api: BackdropApi, body: object) -> None:
    fake.fail("GET", "/v1/models", Fault(200, body))
    with pytest.raises(UnexpectedAnswer):
        api.models()


def test_deleting_what_is_gone_is_fine(api: BackdropApi) -> None:
    api.delete_photo("d1", "nobody")


def test_an_id_cannot_leave_its_place_in_the_path(fake: FakeBackdrop, api: BackdropApi) -> None:
    for hostile in ("../models", "..", "d1/images"):
        with pytest.raises(ApiError):
            api.job(hostile)
    assert fake.count("GET /v1/models") == 0
    assert fake.count("GET /v1/jobs/d1/images") == 0


def test_a_cut_connection_is_tried_again_for_repeatable_calls_only(session: Session) -> None:
    for call, tries in ((BackdropApi.models, 5), (BackdropApi.create_draft, 1)):
        seen: list[str] = []

        def cut(request: httpx.Request, seen: list[str] = seen) -> httpx.Response:
            seen.append(request.method)
            raise httpx.ReadError("connection reset", request=request)

        api = BackdropApi("https://backdrop.test/v1", session, httpx.Client(transport=httpx.MockTransport(cut)))
        with pytest.raises(ServiceUnreachable, match="connection reset"):
            call(api)
        assert len(seen) == tries


def test_a_connection_that_was_never_made_is_tried_again_for_all_calls(session: Session) -> None:
    seen: list[str] = []

    def refused(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        raise httpx.ConnectError("connection refused", request=request)

    api = BackdropApi("https://backdrop.test/v1", session, httpx.Client(transport=httpx.MockTransport(refused)))
    with pytest.raises(ServiceUnreachable):
        api.create_draft()
    assert len(seen) == 5


def test_no_service_is_told_with_its_host(session: Session) -> None:
    with pytest.raises(ServiceUnreachable, match=r"127\.0\.0\.1"):
        BackdropApi("http://127.0.0.1:9/v1", session).models()


class Pages:
    """Tells two images a page, under addresses that are new with every call."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.calls = 0

    def images_page(
        self,
        job_id: str,
        *,
        status: ImageStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Images:
        self.calls += 1
        start = int(cursor or 0)
        images = [
            make_image(image_id=name, name=name, download_url=f"https://x/?call={self.calls}")
            for name in self.names[start : start + 2]
        ]
        return Images(images=images, cursor=str(start + 2) if start + 2 < len(self.names) else None)


def test_an_image_that_waited_long_comes_with_a_fresh_address() -> None:
    """Who takes the images slowly, as a browser on a slow line does, must not meet addresses that ran out."""
    now = [0.0]
    seen = []
    for image in images_of(Pages("abcde"), "j", clock=lambda: now[0]):
        seen.append((image.name, image.download_url))
        now[0] += 601

    assert [name for name, _ in seen] == [*"abcde"]
    assert [url for _, url in seen] == [f"https://x/?call={call}" for call in range(1, 6)]

    pages = Pages("abcde")
    assert [image.name for image in images_of(pages, "j", clock=lambda: 0.0)] == [*"abcde"]
    assert pages.calls == 3, "no page is asked for twice without need"


def test_one_image_is_asked_for_under_a_name(fake: FakeBackdrop, api: BackdropApi) -> None:
    job_id = submit_one(api)
    fake.polls_until_done = 0

    image = api.image(job_id, "p0000000", download_name="SKU-A_front (2)")

    assert image.download_name == "SKU-A_front (2).png"


def test_the_client_waits_as_long_as_it_is_asked_to_and_no_longer_than_it_may() -> None:
    waits: list[float] = []

    def full() -> None:
        raise TryAgain(ValueError("full"), 43.0)

    with pytest.raises(ValueError, match="full"):
        retrying(full, RetryPolicy(attempts=3), waits.append)
    assert waits == [43.0, 43.0]
    with pytest.raises(ValueError, match="full"):
        retrying(full, RetryPolicy(longest_asked=8), waits.append)
    assert len(waits) == 2, "somebody looks at a page: they are told at once"
