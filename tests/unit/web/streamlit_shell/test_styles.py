"""The styles are in the page from the first byte on, after those of Streamlit, and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from backdrop_web.pages.new_job.scenes import list_picture_rules, read_scenes
from backdrop_web.streamlit_shell.away import list_words, read_script
from backdrop_web.streamlit_shell.headers import SecurityHeaders
from backdrop_web.streamlit_shell.styles import Styles, read_sheets

PAGE = "<html><head><title>x</title></head><body></body></html>"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    file = tmp_path / "index.html"
    file.write_text(PAGE)
    routes = [Route("/", lambda _: FileResponse(file)), Route("/data", lambda _: JSONResponse({"end": "</body>"}))]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(Styles, sheets=[*read_sheets(), list_picture_rules()])])
    )


def test_a_page_has_the_styles_of_the_app_and_of_its_pages(client: TestClient) -> None:
    answer = client.get("/", headers={"accept": "text/html"})
    before, _, rest = answer.text.partition("<body>")
    assert before == PAGE.partition("<body>")[0]
    assert rest.endswith("</style></body></html>")
    places = (
        rest.find(name) for name in (".stMainBlockContainer", ".st-key-job-state", ".bd-thumbs", ".st-key-scenes")
    )
    assert 0 < next(places) < min(places), "what holds for all pages comes first"
    assert all(f'url("{scene.address}")' in rest for scene in read_scenes().all.values())
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_browser_that_knows_the_page_of_the_disk_gets_the_styles_all_the_same(client: TestClient) -> None:
    tag = client.get("/data").headers.get("etag", "")
    answer = client.get("/", headers={"accept": "text/html", "if-none-match": tag, "if-modified-since": "x"})
    assert answer.status_code == 200
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers


def test_whatever_else_is_asked_for_passes_untouched(client: TestClient) -> None:
    assert client.get("/data").json() == {"end": "</body>"}
    assert client.head("/", headers={"accept": "text/html"}).status_code == 200


def test_scripts_stand_after_the_styles_and_the_policy_lets_them_run_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(PAGE)
    script = read_script()
    middleware = [Middleware(SecurityHeaders, scripts=[script]), Middleware(Styles, sheets=["x"], scripts=[script])]
    browser = TestClient(Starlette(routes=[Route("/", lambda _: FileResponse(file))], middleware=middleware))
    answer = browser.get("/", headers={"accept": "text/html"})

    held = answer.text.partition("</style><script>")[2].removesuffix("</script></body></html>")
    digest = base64.b64encode(hashlib.sha256(held.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"].partition("style-src")[0]
    assert all(json.dumps(said)[1:-1] in held for words in list_words().values() for said in words.values())
    assert "</script" not in held
