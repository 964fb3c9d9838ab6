"""A picture of one's own behind the products: brought, chosen, taken along by jobs, deleted."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

from backdrop.api.views.jobs import options_view
from backdrop.core import limits
from backdrop.core.backdrops import SURFACE, Shadow
from backdrop.core.light import Light
from backdrop.core.options_json import from_dict, to_dict
from tests.unit.api.conftest import Api, picture


def wish(id_: str, **more: object) -> dict[str, object]:
    return {"background": "backdrop", "backdrop": {"id": id_, **more}, "maskSource": "BUILT_IN"}


def test_a_backdrop_is_brought_once_and_listed(api: Api) -> None:
    older = api.backdrop("table.jpg")
    api.now += timedelta(seconds=1)
    newer = api.backdrop("Wand äöü.jpg")

    first, second = api.call("GET", "/backdrops").body["backdrops"]

    assert [first["backdropId"], second["backdropId"]] == [newer, older]
    assert (first["name"], first["status"], first["width"], first["height"]) == ("Wand äöü.jpg", "READY", 320, 240)
    assert first["uploadSha256"] == hashlib.sha256(picture()).hexdigest()
    assert first["pictureUrl"].partition("?")[0].endswith(f"{newer}.jpg")
    assert api.call("GET", "/backdrops", user="eve").body == {"backdrops": []}


def test_what_is_kept_is_upright_srgb_and_of_no_more_pixels_than_are_seen(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backdrop.jobs.backdrops.BACKDROP_SIDE", 200)
    lying = Image.linear_gradient("L").resize((320, 240)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=exif)

    id_ = api.backdrop(data=out.getvalue())

    (key,) = [key for key in api.objects.data if key.endswith(f"{id_}.jpg")]
    kept = Image.open(io.BytesIO(api.objects.data[key]))
    assert (kept.size, kept.mode, dict(kept.getexif())) == ((150, 200), "RGB", {})
    assert not api.objects.tags[key], "no rule of the bucket's removes it"


def test_a_job_has_a_copy_of_its_own_that_outlives_the_backdrop(api: Api) -> None:
    id_, draft = api.backdrop(), api.draft()
    api.ready(draft, "mug.jpg")

    answer = api.submit(draft, prompt="", options=wish(id_, shadow="CONTACT"))

    assert answer.status == 202, answer
    chosen = api.jobs.rows[draft].settings.options.backdrop
    assert chosen is not None
    assert (chosen.id, chosen.name, chosen.shadow) == (id_, "table.jpg", Shadow.CONTACT)
    assert hashlib.sha256(api.objects.data[chosen.key]).hexdigest() == chosen.sha256
    assert chosen.key.startswith(f"{api.jobs.rows[draft].prefixes.input}/")
    shown = answer.body["options"]["backdrop"]
    assert shown == {"id": id_, "name": "table.jpg", "sha256": chosen.sha256, "shadow": "CONTACT"}

    assert api.call("DELETE", f"/backdrops/{id_}").status == 204
    assert api.call("GET", "/backdrops").body == {"backdrops": []}
    assert not api.objects.tags[chosen.key], "the job's copy stays"
    (kept,) = [key for key in api.objects.tags if key.endswith(f"{id_}.jpg")]
    assert api.objects.tags[kept] == limits.DRAFT_TAG, "the bucket's lifecycle removes it"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"background": "backdrop"}, "none is named"),
        ({"background": "#ffffff", "backdrop": {"id": "x"}}, "the background is another"),
        (wish("01h00000000000000000000000"), "is gone"),
        (wish("../../secret"), "is gone"),
    ],
)
def test_a_backdrop_that_can_not_be_had_is_told_before_anything_is_done(
    api: Api, options: dict[str, object], words: str
) -> None:
    draft = api.draft()
    api.ready(draft, "mug.jpg")

    for answer in (api.submit(draft, prompt="", options=options),):
        assert (answer.status, answer.code) == (400, "OPTIONS_INVALID")
        assert words in answer.message
    problems = api.call("POST", f"/drafts/{draft}/estimate", {"options": options}).body["problems"]
    assert any(words in one["message"] for one in problems), problems
    assert api.jobs.puts == 0


def test_where_products_stand_is_guessed_set_once_and_taken_by_jobs(api: Api) -> None:
    id_ = api.backdrop()
    (listed,) = api.call("GET", "/backdrops").body["backdrops"]
    assert listed["surface"] == SURFACE
    changed = api.call("PATCH", f"/backdrops/{id_}", {"surface": 0.7}).body
    assert (changed["surface"], changed["name"], changed["status"]) == (0.7, "table.jpg", "READY")
    renamed = api.call("PATCH", f"/backdrops/{id_}", {"name": "Eiche"}).body
    assert (renamed["surface"], renamed["name"]) == (0.7, "Eiche")

    for given, surface in (({}, 0.7), ({"surface": 0.9}, 0.9)):
        draft = api.draft()
        api.ready(draft, "mug.jpg")
        answer = api.submit(draft, prompt="", options=wish(id_, placement={"share": 0.5, **given}))
        assert answer.status == 202, answer
        shown = answer.body["options"]["backdrop"]
        assert (shown["name"], shown["placement"]) == ("Eiche", {"share": 0.5, "across": 0.5, "surface": surface})
        kept = api.jobs.rows[draft].settings.options
        assert kept.backdrop is not None
        assert from_dict(to_dict(kept)) == kept, "as it travels in the workflow"
        assert options_view(kept).chosen() == replace(kept, backdrop=replace(kept.backdrop, name="", key="", sha256=""))


def test_the_light_is_the_backdrops_own_until_a_job_says_otherwise(api: Api) -> None:
    shade = Image.linear_gradient("L").rotate(-90).resize((600, 400)).point([120 + value // 3 for value in range(256)])
    file = io.BytesIO()
    shade.convert("RGB").save(file, "PNG")
    lit, plain = api.backdrop("window.png", file.getvalue()), api.backdrop("table.jpg")
    found = {one["backdropId"]: one.get("light") for one in api.call("GET", "/backdrops").body["backdrops"]}
    assert found == {lit: -45.0, plain: None}

    usual = {"strength": 1, "softness": 0.5, "reflection": 0, "rim": 0, "blur": 0, "tone": 0}
    for id_, asked, told in (
        (lit, {}, {"direction": -45, "guessed": True}),
        (plain, {"rim": 0.5}, {"direction": 0, "guessed": True, "rim": 0.5}),
        (lit, {"direction": 30}, {"direction": 30, "guessed": False}),
    ):
        draft = api.draft()
        api.ready(draft, "mug.jpg")
        answer = api.submit(draft, prompt="", options=wish(id_, light=asked))
        assert answer.status == 202, answer
        assert answer.body["options"]["backdrop"]["light"] == usual | told
        kept = api.jobs.rows[draft].settings.options
        assert kept.backdrop is not None
        assert from_dict(to_dict(kept)) == kept, "as it travels in the workflow"
        again = options_view(kept).chosen().backdrop
        assert again is not None
        assert again.light == Light(**asked), "another backdrop has another light"


def test_a_product_is_not_toned_where_its_pixels_are_kept(api: Api) -> None:
    id_, draft = api.backdrop(), api.draft()
    api.ready(draft, "mug.jpg")
    answer = api.submit(draft, prompt="", options=wish(id_, light={"tone": 0.5}))
    assert (answer.code, api.jobs.puts) == ("OPTIONS_INVALID", 0)
    assert "PRECISE keeps the product's own pixels" in answer.message
    answer = api.submit(draft, prompt="", mode="DEFAULT", options=wish(id_, light={"tone": 0.5}))
    assert answer.status == 202, answer


@pytest.mark.parametrize(
    ("change", "code"),
    [({"surface": 0.1}, "OPTIONS_INVALID"), ({"name": ""}, "NAME_INVALID"), ({"share": 1}, "INVALID_REQUEST")],
)
def test_a_wrong_change_is_told(api: Api, change: dict[str, object], code: str) -> None:
    id_ = api.backdrop()
    before = api.backdrops.rows.copy()
    assert api.call("PATCH", f"/backdrops/{id_}", change).code == code
    assert api.backdrops.rows == before
    assert api.call("PATCH", f"/backdrops/{id_}", {"name": "x"}, user="eve").status == 404


def test_a_place_together_with_a_preset_that_has_its_own_is_refused(api: Api) -> None:
    id_, draft = api.backdrop(), api.draft()
    api.ready(draft, "mug.jpg")
    for placement, output, words in (({}, {"preset": "amazon-main"}, "amazon"), ({"share": 3}, {}, "share")):
        options = {**wish(id_, placement=placement), "output": output}
        answer = api.submit(draft, prompt="", options=options)
        assert (answer.status, words in answer.message.lower()) == (400, True), answer
    assert api.jobs.puts == 0


def test_anothers_backdrop_is_none(api: Api) -> None:
    id_, draft = api.backdrop(user="eve"), api.draft()
    api.ready(draft, "mug.jpg")
    assert "is gone" in api.submit(draft, prompt="", options=wish(id_)).message


def test_what_is_no_picture_is_refused_and_can_not_be_chosen(api: Api) -> None:
    id_, draft = api.backdrop(data=b"no picture"), api.draft()
    api.ready(draft, "mug.jpg")
    (shown,) = api.call("GET", "/backdrops").body["backdrops"]
    assert (shown["status"], shown["error"]["code"]) == ("REFUSED", "PHOTO_NOT_AN_IMAGE")
    assert "not checked yet, or is refused" in api.submit(draft, prompt="", options=wish(id_)).message


@pytest.mark.parametrize(("file", "code"), [
    ({"name": "a.txt", "size": 10}, "PHOTO_FORMAT_UNSUPPORTED"),
    ({"name": "a.jpg", "size": 0}, "PHOTO_EMPTY"),
    ({"name": "a.jpg", "size": limits.MAX_UPLOAD_BYTES + 1}, "PHOTO_TOO_LARGE"),
])  # fmt: skip
def test_a_file_that_can_not_be_taken_is_told_before_it_is_uploaded(
    api: Api, file: dict[str, object], code: str
) -> None:
    assert api.call("POST", "/backdrops", file).code == code
    assert api.backdrops.rows == {}


def test_there_is_an_end_to_how_many(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backdrop.jobs.backdrops.MAX_BACKDROPS", 1)
    api.backdrop()
    answer = api.call("POST", "/backdrops", {"name": "b.jpg", "size": 10})
    assert (answer.status, "Delete one" in answer.body["error"]["nextStep"]) == (400, True)


def test_one_that_was_never_uploaded_says_so(api: Api) -> None:
    made = api.call("POST", "/backdrops", {"name": "a.jpg", "size": 10}).body
    answer = api.call("POST", f"/backdrops/{made['backdropId']}/inspect", {})
    assert (answer.status, answer.code) == (409, "PHOTO_MISSING")
