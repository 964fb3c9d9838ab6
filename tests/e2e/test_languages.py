"""A browser that asks for German: from signing in to the job, no English word that the app says by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from localcloud.cloud import LocalCloud
from tests.e2e.conftest import snap
from tests.e2e.jobs import small

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

# Two processors do all of it, beside others: the browser, the page's server, the cloud and its models.
expect.set_options(timeout=30_000)

PHONE, WIDE = (390, 844), (1280, 1000)


@pytest.fixture
def german(browser: Browser) -> Iterator[Page]:
    """A tab of a browser whose language is German."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, locale="de-DE", timezone_id="Europe/Berlin", reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def look(page: Page, name: str) -> None:
    """Nothing hangs over the edge of a wide screen or a phone, light or dark; a picture of each."""
    for (width, height), scheme in ((WIDE, "light"), (PHONE, "dark"), (WIDE, "dark"), (PHONE, "light")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(300)
        over = page.evaluate("""() => {
            const main = document.querySelector('[data-testid=stMain]');
            return main ? main.scrollWidth - main.clientWidth : 0;
        }""")
        assert over <= 1, f"{name}: {over} pixels over the edge at {width}, {scheme}"
        snap(page, f"german-{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="light")


def test_from_signing_in_to_a_job_in_german(web_url: str, cloud: LocalCloud, german: Page) -> None:
    page = german
    page.goto(web_url)
    page.get_by_label("E-Mail-Adresse").fill(cloud.outputs.demo_user)
    look(page, "sign-in")
    page.get_by_role("textbox", name="Passwort").fill(cloud.outputs.demo_password)
    page.get_by_role("button", name="Anmelden", exact=True).click()

    expect(page.get_by_role("heading", name="Neuer Auftrag")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    uploader = page.locator("section.uploader")
    expect(uploader).to_have_attribute("lang", "de")
    expect(uploader.get_by_role("button", name="Fotos wählen")).to_be_visible()
    expect(uploader.locator(".hint")).to_contain_text("oder WebP, je bis zu")
    uploader.locator("input.files").set_input_files(
        [
            FilePayload(name="tasse.jpg", mimeType="image/jpeg", buffer=small("mug_wooden_desk")),
            FilePayload(name="auto.jpg", mimeType="image/jpeg", buffer=small("toy_car_rug")),
            FilePayload(name="notiz.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4 no photo"),
        ]
    )
    expect(page.get_by_text("2 Fotos in diesem Auftrag.")).to_be_visible(timeout=60_000)
    expect(uploader.locator(".problems .title")).to_have_text("1 Datei ist ausgelassen. Die anderen laufen weiter.")
    expect(uploader.locator(".bad")).to_contain_text("Das ist ein PDF, kein Foto in")
    page.get_by_label("Beschreiben Sie den neuen Hintergrund").fill("on a light oak table")
    page.get_by_role("button", name=re.compile("Auftrag starten")).focus()
    expect(page.get_by_text("Modellaufrufe")).to_be_visible()
    look(page, "new-job")

    page.get_by_role("button", name="Freisteller korrigieren").first.click()
    editor = page.locator("dialog.editor:not(.labels)")
    expect(editor.get_by_role("button", name="Diesen Freisteller verwenden")).to_be_visible()
    expect(editor).to_have_attribute("lang", "de")
    snap(page, "german-editor.png")
    editor.get_by_role("button", name="Schließen").click()

    page.get_by_role("button", name=re.compile("Auftrag starten")).click()
    expect(page).to_have_url(re.compile(r"/job\?id="), timeout=60_000)
    expect(page.get_by_text(re.compile("Wird gestartet|Läuft|Startet|Fertig")).first).to_be_visible()
    look(page, "job")
