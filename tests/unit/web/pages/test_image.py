"""An image at the address that stays the same: seen by who may see its job, else told why not."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.errors import ApiError
from tests.unit.web.conftest import words
from tests.unit.web.fakes import EMAIL, PASSWORD, FakeService
from tests.unit.web.jobs import make_job

Open = Callable[..., AppTest]


def image_page() -> None:
    from backdrop_web.pages import image

    image.show_page()


@pytest.fixture
def look(fake: FakeService) -> Open:
    def look(**query: str) -> AppTest:
        shown = AppTest.from_function(image_page, default_timeout=20)
        shown.session_state["backdrop.user"] = fake.sign_in(EMAIL, PASSWORD)
        for name, value in query.items():
            shown.query_params[name] = value
        shown.run()
        assert not shown.exception
        return shown

    return look


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, HTTPStatus]:
    """What the storage answers about every file."""
    answer = {"status": HTTPStatus.PARTIAL_CONTENT}
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(answer["status"])))
    monkeypatch.setattr(httpx, "stream", lambda *a, timeout, **k: client.stream(*a, **k))
    return answer


def test_a_finished_image_is_seen_and_downloaded(look: Open, fake: FakeService, stored: dict[str, HTTPStatus]) -> None:
    job_id = make_job(fake.api, ["mug.jpg"]).job_id
    fake.api.finish(job_id)
    (image,) = fake.api.results[job_id]

    shown = look(job=job_id, id=image.image_id)

    assert [one.value for one in shown.title] == [r"mug\.jpg"]
    (link,) = shown.get("link_button")
    assert link.proto.url.startswith(str(image.download_url))
    assert "not there any more" not in words(shown)


def test_what_was_erased_or_expired_is_told_in_words(
    look: Open, fake: FakeService, stored: dict[str, HTTPStatus]
) -> None:
    job_id = make_job(fake.api, ["mug.jpg"]).job_id
    fake.api.finish(job_id)
    stored["status"] = HTTPStatus.NOT_FOUND

    assert "not there any more" in words(look(job=job_id, id=fake.api.results[job_id][0].image_id))


def test_an_image_on_its_way_and_one_that_failed_say_so(look: Open, fake: FakeService) -> None:
    job_id = make_job(fake.api, ["mug.jpg"]).job_id
    image_id = fake.api.results[job_id][0].image_id
    assert "not finished" in words(look(job=job_id, id=image_id))

    fake.api.finish(job_id, fail=["mug.jpg"])

    assert "refused this photo" in words(look(job=job_id, id=image_id))


@pytest.mark.parametrize(
    ("code", "said"), [("NOT_SHARED", "Ask who started it"), ("NOT_FOUND", "Ask who sent you the link")]
)
def test_who_may_not_see_it_hears_whom_to_ask(
    look: Open, fake: FakeService, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    def refuse(_job: str) -> None:
        step = "Ask who started it to share it with a team of yours."
        raise ApiError(code, "This job was started by ann, and is not shared with you.", step, HTTPStatus.FORBIDDEN)

    monkeypatch.setattr(fake.api, "job", refuse)

    assert said in words(look(job="j", id="00000000"))


def test_half_an_address_says_what_to_do(look: Open) -> None:
    assert "names no image" in words(look(job="j"))
