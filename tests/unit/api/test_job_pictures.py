"""The few pictures that a list shows of each job: told by the job's own row, without a read more."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from tests.unit.api.conftest import Api


def pictures(api: Api) -> list[list[str]]:
    """Path of each picture of each listed job."""
    jobs = api.call("GET", "/jobs").body["jobs"]
    return [[unquote(urlsplit(url).path) for url in job["thumbnailUrls"]] for job in jobs]


def test_a_job_is_listed_with_thumbnails_of_its_first_four_photos(api: Api) -> None:
    api.job(*(f"photo {number}.jpg" for number in range(6)))

    (shown,) = pictures(api)

    assert len(shown) == 4
    for number, path in enumerate(shown):
        assert "/image-files/" in path
        assert path.endswith(f"/photo-{number}-0000000{number}.jpg.thumb.jpg")


def test_an_ended_job_is_listed_with_its_results(api: Api) -> None:
    job = api.job("a.jpg")
    api.edit_job(job, picture_keys=("generated-image-files/x/a-00000000.jpg",))

    ((shown,),) = pictures(api)

    assert shown.endswith("/generated-image-files/x/a-00000000.jpg.thumb.jpg")


def test_a_job_from_before_there_were_pictures_has_none(api: Api) -> None:
    job = api.job("a.jpg")
    api.edit_job(job, picture_keys=())

    assert pictures(api) == [[]]
    assert api.call("GET", f"/jobs/{job}").body["thumbnailUrls"] == []
