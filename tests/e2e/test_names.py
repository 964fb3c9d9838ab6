"""File names that hide something, in a real browser: seen as what they are, from the uploader to the job's page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from backdrop.core.names import shown
from backdrop.core.options import Options
from backdrop_web.upload import uploader
from localcloud.cloud import LocalCloud
from tests.e2e.conftest import snap
from tests.e2e.jobs import Maker, sign_in, small

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(240)]

RLO = "photo\u202egpj.exe\u2028\u2066.jpg"
SEEN = "photo\ufffdgpj.exe \ufffd.jpg"
HIDDEN = ("\u202e", "\u2028", "\u2066")
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
SLOW = 60_000

ALL_THAT_IS_SAID = """() => {
    const said = [];
    const visit = (root) => {
        for (const one of root.querySelectorAll("*")) {
            for (const name of ["title", "aria-label", "alt"]) said.push(one.getAttribute(name) || "");
            for (const node of one.childNodes) {
                const text = node.nodeType === Node.TEXT_NODE && !["SCRIPT", "STYLE"].includes(one.tagName);
                if (text) said.push(node.data);
            }
            if (one.shadowRoot) visit(one.shadowRoot);
        }
    };
    visit(document);
    return said.join("\\n");
}"""


@pytest.fixture(scope="module")
def maker(cloud: LocalCloud) -> Iterator[Maker]:
    made = Maker.of(cloud)
    yield made
    made.http.close()


def assert_nothing_is_hidden(page: Page) -> None:
    said = page.evaluate(ALL_THAT_IS_SAID)
    assert SEEN in said
    assert not [ascii(one) for one in HIDDEN if one in said]


def test_the_browser_has_the_rule_of_the_server(page: Page) -> None:
    page.goto("about:blank")
    script = uploader.join_script()
    rule = script[: script.index(";", script.index("const shownName")) + 1]
    changed = page.evaluate(
        f"""() => {{
            {rule}
            const found = [];
            for (let code = 0; code < 0x110000; code++) {{
                const one = String.fromCodePoint(code);
                if (shownName(one) !== one) found.push([code, shownName(one)]);
            }}
            return found;
        }}"""
    )
    wanted = [[code, shown(chr(code))] for code in range(0x110000) if shown(chr(code)) != chr(code)]
    assert changed == wanted
    names = [RLO, SCOTLAND, f"{SCOTLAND}\U000e0041", "👩\u200d🚀❤\ufe0f", "a\r\nb\x1b[31m"]
    told = page.evaluate(f"() => {{ {rule} return {json.dumps(names)}.map(shownName); }}")
    assert told == [shown(name) for name in names]
    files = script[script.index("// Files out of") : script.index("// One file to the storage")]
    odd = page.evaluate(f"() => {{ {files} return wellFormed('caf\\udce9 \\ud83d\\udc69.jpg'); }}")
    assert odd == "caf\ufffd 👩.jpg"


def test_a_name_with_a_turn_in_it_is_seen_as_what_it_is(
    page: Page, web_url: str, cloud: LocalCloud, maker: Maker
) -> None:
    sign_in(page, cloud, web_url)
    expect(page.get_by_role("button", name="Choose photos")).to_be_visible(timeout=SLOW)
    photo: FilePayload = {"name": RLO, "mimeType": "image/jpeg", "buffer": small("toy_car_rug")}
    bad: FilePayload = {"name": f"bad {RLO}", "mimeType": "image/jpeg", "buffer": b"no photo"}
    page.locator("input.files").set_input_files([photo, bad])

    expect(page.get_by_text("1 photo in this job.")).to_be_visible(timeout=SLOW)
    row = page.locator(".uploader .problems li")
    expect(row.locator(".name")).to_have_text(f"bad {SEEN}")
    expect(row.get_by_role("button", name=f"Clear bad {SEEN}")).to_be_visible()
    expect(page.locator(".bd-name")).to_have_text(SEEN)
    snap(page, "names-1-new-job.png", full_page=True)
    assert_nothing_is_hidden(page)

    request = {"model_id": "backdrop.cut-out", "options": Options(background="#ffffff")}
    job = maker.finished(maker.job([(RLO, small("toy_car_rug"))], "", **request))
    (image,) = maker.api.images(job.job_id)
    assert image.name == RLO
    page.goto(f"{web_url}/job?id={job.job_id}")
    expect(page.locator(".tile .name")).to_have_text(SEEN, timeout=SLOW)
    page.locator(".tile").click()
    expect(page.locator("dialog h2")).to_have_text(SEEN)
    snap(page, "names-2-job.png")
    assert_nothing_is_hidden(page)
    with page.expect_download() as saving:
        page.locator("dialog a.button", has_text="Download").click()
    assert saving.value.suggested_filename == "photo_gpj.exe__.jpg"
