"""The page for people: its figures are the report's, nothing in it is alive, and its size has a bound."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from backdrop.reports import files, page
from backdrop.reports.report import Report, compile_report
from tests.unit.reports.conftest import done, failed, item, left, report_of, run

HALO = json.dumps({"flags": [{"code": "HALO", "measured": 0.4, "threshold": 0.2}]})
AT = "2026-11-28T06:00:00.000Z"
JPEG = b"\xff\xd8small"


class Seen(HTMLParser):
    """What a browser makes of a page: its elements, their attributes, its text."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(report: Report, verdicts: dict[str, str] | None = None, pictures: dict[str, bytes] | None = None) -> bytes:
    document = json.loads(files.to_json(report))
    return page.to_html(
        document, pictures or {}, verdicts or {}, job_url="https://shop.example/job?id=x", written_at=AT
    )


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</style><svg onload=alert(1)>",
        "&lt;b&gt;\u202egpj",
        "a]]>--><iframe src=javascript:alert(1)>",
    ],
)
def test_markup_in_names_words_and_causes_stays_text(evil: str) -> None:
    rows = [failed(0, "PhotoRefused", f"PHOTO_MISSING: {evil}"), done(1, Review=HALO)]
    job = {"Prompt": evil, "NegativePrompt": evil, "RequestedBy": evil, "ModelId": run().job["ModelId"]}
    report = compile_report(run(**job), [item(0, name=evil), item(1, name=evil)], rows)

    html = page_of(report, pictures={"in/d/photo-00000001.jpg": JPEG})
    seen, harmless = Seen(html), Seen(page_of(report_of(1, 1)))

    assert set(seen.tags) <= set(harmless.tags) | {"img"}
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert {value for name, value in seen.attributes if name == "href"} == {"https://shop.example/job?id=x"}
    assert all((value or "").startswith("data:image/jpeg;") for name, value in seen.attributes if name == "src")
    assert seen.text.count(evil.replace("\u202e", "\ufffd")) >= 5, "it is told as it is, but for what can't be seen"
    assert "\u202e" not in html.decode()


def test_a_policy_in_the_page_forbids_scripts_and_the_network() -> None:
    html = page_of(report_of(1, 0)).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "script" not in html
    assert not re.findall(r"https?://(?!shop\.example)", html)


def test_what_is_behind_the_products_is_told_of_each_scene() -> None:
    scenes = [{"Prompt": "on <i>marble</i>"}, {"Background": "transparent"}]
    options = {"Background": "#336699", "Scenes": scenes}
    seen = Seen(page_of(compile_report(run(Options=options), [item(0)], [done(0)])))

    assert "Backgroundcolour #336699" in seen.text
    assert "Scene 2on <i>marble</i>" in seen.text
    assert "Scene 3transparent" in seen.text


def test_the_saved_settings_that_it_was_begun_with_are_told() -> None:
    used = {"Id": "s", "Name": "<i>Mugs</i>", "Version": 3, "Changed": True}
    seen = Seen(page_of(compile_report(run(SavedSettings=used), [item(0)], [done(0)])))

    assert "Saved settings<i>Mugs</i>, version 3, changed" in seen.text
    assert "Saved settings" not in Seen(page_of(report_of(1, 0))).text


def test_its_figures_are_the_reports() -> None:
    rows = [done(0, Review=HALO), done(1, attempts=(1, 2)), failed(2, "ModelRefused", "MODEL_REFUSED_PROMPT: no")]
    report = compile_report(run(), [item(n) for n in range(3)], rows, label_calls=4)
    document = json.loads(files.to_json(report))
    text = re.sub(r"<[^>]+>", "|", re.sub(r"<style>.*?</style>", "", page_of(report).decode(), flags=re.DOTALL))

    def tile(name: str) -> str:
        return str(re.findall(rf"\|{name}\|\|([^|]+)\|", text)[0])

    totals = document["Totals"]
    assert [tile(name) for name in ("Images", "Finished", "Failed", "To look at", "Model calls")] == [
        str(totals[name]) for name in ("Images", "Succeeded", "Failed", "NeedReview", "ModelCalls")
    ]
    assert tile("Cost, at most") == f"{document['Cost']['Usd']:.2f} USD"
    for model in document["Cost"]["Models"]:
        assert f"{model['ModelId']}||{model['Calls']}||" in text
    for region in document["Cost"]["Regions"]:
        assert f"{region['Region']}||{region['Calls']}||{region['Usd']:.2f}" in text
    error = document["Images"][2]["Error"]
    assert error["NextStep"] in text
    assert f": {error['Message']}" in text
    assert document["Images"][0]["Review"]["Flags"][0]["NextStep"] in text


def test_approvals_are_counted_and_told_at_their_image() -> None:
    assert "Nobody had judged" in page_of(report_of(3, 0)).decode()
    text = page_of(report_of(3, 0), {"00000000": "Approved", "00000001": "Rejected"}).decode()
    assert "1 approved, 1 rejected, 1 not judged, as of 2026-11-28 06:00 UTC." in text
    assert text.count(">Rejected<") == 1


def test_failed_and_flagged_images_come_first_and_what_is_left_out_is_told() -> None:
    def row(n: int) -> dict[str, Any]:
        if n >= 890:
            return failed(n, "ModelRefused", "MODEL_REFUSED_PROMPT: no")
        return left(n) if n >= 880 else done(n, Review=HALO if n >= 860 else "{}")

    report = compile_report(run(), [item(n) for n in range(1000)], [row(n) for n in range(1000)])
    document = json.loads(files.to_json(report))

    shown = [one["ImageId"] for one in page.chosen(document)]

    assert len(shown) == page.MOST_SHOWN
    assert shown[0] == "00000890"
    assert shown[100:121] == [*(f"{n:08d}" for n in range(860, 880)), "00000000"]
    text = page_of(report).decode()
    assert "300 of 1,000 images: failed ones first" in text
    assert "and 10 more; the CSV names them all" in text


def test_a_picture_that_is_not_there_is_said_to_be_missing() -> None:
    html = page_of(report_of(1, 1), pictures={"in/d/photo-00000000.jpg": JPEG}).decode()
    assert html.count("<img ") == 1
    assert html.count(">no preview<") == 2
    assert html.count(">failed<") == 1
