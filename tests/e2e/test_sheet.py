"""A sheet for single photos, in a browser: the template, a sheet with faults, and one that is taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from localcloud.cloud import LocalCloud
from tests.e2e.conftest import snap
from tests.e2e.jobs import Maker, sign_in
from tests.e2e.test_mask_editor import NAME, make_draft

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

expect.set_options(timeout=20_000)


def test_a_template_is_filled_in_and_brought_back(web_url: str, cloud: LocalCloud, page: Page, tmp_path: Path) -> None:
    draft_id, _ = make_draft(Maker.of(cloud), None)
    sign_in(page, cloud, f"{web_url}/?draft={draft_id}")
    page.get_by_text("A sheet for single photos").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Sheet to fill in").click()
    assert download.value.suggested_filename == "sheet.csv"
    head, row = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert row == f"{NAME}.jpg,,,,,"

    sheet = tmp_path / "sheet.csv"
    field = page.locator("[class*=st-key-sheet-file-] input[type=file]")
    sheet.write_text(f"{head}\nanother.jpg,,on slate,,,\n", encoding="utf-8")
    field.set_input_files(sheet)
    expect(page.get_by_role("cell", name=re.compile("“another.jpg” is none of the photos"))).to_be_visible()
    snap(page, "sheet-1-faults.png", full_page=True)

    sheet.write_text(f"{head}\n{NAME}.jpg,A-1,on dark slate,,,\n", encoding="utf-8")
    field.set_input_files(sheet)
    expect(page.get_by_text("Background: “on dark slate”")).to_be_visible()
    expect(page.get_by_text("was read: 1 photo has a row.")).to_be_visible()
    page.get_by_text("File names", exact=True).click()
    template = page.get_by_role("textbox", name="Names of the files")
    template.fill("{sku}_{n}")
    template.press("Enter")
    expect(page.get_by_text("A-1_1")).to_be_visible()
    snap(page, "sheet-2-taken.png", full_page=True)
