"""The addresses that answer with a ZIP file or lead to one image, beside Streamlit's own in the same server.

A ZIP file goes through the server, a few images' bytes on disk at a time, and not together in the browser: every
browser then saves it as it saves any file, on a phone too, with its own progress and without holding it in memory, and
the bucket needs no CORS rule for reading.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Generator
from contextlib import closing
from datetime import UTC
from html import escape
from http import HTTPStatus
from urllib.parse import quote

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from backdrop.core import clock
from backdrop.core.words.languages import choose_language
from backdrop.core.words.marks import mark_phrase
from backdrop_client.download import Downloader
from backdrop_client.errors import BackdropClientError
from backdrop_client.file_names import JobNames
from backdrop_web.download.collect import Fetch, collect_entries
from backdrop_web.download.stream import make_chunks
from backdrop_web.download.tickets import TICKETS, Ticket, Tickets
from backdrop_web.service.api import Api, User
from backdrop_web.text.errors import Notice, explain, translate_notice
from backdrop_web.text.language import COOKIE, speak_in

logger = logging.getLogger(__name__)

PATH = "downloads"
AT_ONCE = 8
"""Archives sent at the same time by one server."""

_EXPIRED = Notice(
    mark_phrase("This download link has run out."),
    mark_phrase("Go back to the job's page and press Download again."),
)
_NOT_FINISHED = Notice(
    mark_phrase("This image is not finished."), mark_phrase("Go back to the job's page and look at it again.")
)
_BUSY = Notice(mark_phrase("Too many downloads are running."), mark_phrase("Try again in a few minutes."))


class Downloads:
    """Answers `GET /downloads/<ticket>` and `GET /downloads/<ticket>/<image id>`."""

    def __init__(self, tickets: Tickets = TICKETS, fetch: Fetch | None = None) -> None:
        self._tickets = tickets
        self._fetch = fetch or Downloader().fetch
        self._running = 0
        tickets.served = True

    def list_routes(self) -> list[Route]:
        """Return the addresses, for the app's list of routes."""
        return [
            Route(f"/{PATH}/{{ticket}}", self.answer_archive, methods=["GET"]),
            Route(f"/{PATH}/{{ticket}}/{{image}}", self.answer_image, methods=["GET"]),
        ]

    async def answer_archive(self, request: Request) -> Response:
        """Answer with the archive, or a short page that says why not."""
        found = self._tickets.find(request.path_params["ticket"])
        if found is None:
            return _make_page(request, _EXPIRED, HTTPStatus.GONE)
        if request.method == "HEAD":
            return Response(headers=_make_headers(found[0]), media_type="application/zip")
        if self._running >= AT_ONCE:
            return _make_page(request, _BUSY, HTTPStatus.TOO_MANY_REQUESTS)
        chunks = self._make_archive(*found)
        try:
            # Whatever is wrong with the session or the service shows here, before the answer began.
            first = await run_in_threadpool(next, chunks)
        except BackdropClientError as error:
            return _make_page(request, error, HTTPStatus.BAD_GATEWAY)
        return StreamingResponse(
            _send_chunks(first, chunks), headers=_make_headers(found[0]), media_type="application/zip"
        )

    async def answer_image(self, request: Request) -> Response:
        """Answer with the way to one image in the storage, which gives it the name that it has in an archive."""
        found = self._tickets.find(request.path_params["ticket"])
        if found is None:
            return _make_page(request, _EXPIRED, HTTPStatus.GONE)
        try:
            address = await run_in_threadpool(
                _find_address, found[1].api, found[0].job_id, request.path_params["image"]
            )
        except BackdropClientError as error:
            return _make_page(request, error, HTTPStatus.BAD_GATEWAY)
        if address is None:
            return _make_page(request, _NOT_FINISHED, HTTPStatus.NOT_FOUND)
        return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})

    def _make_archive(self, ticket: Ticket, who: User) -> Generator[bytes, None, None]:
        # Counted in here, because this ends whatever becomes of the connection.
        self._running += 1
        try:
            # File dates in a ZIP have no zone. One of the job, not of the download: the same job, the same file.
            moment = clock.parse(who.api.job(ticket.job_id).created_at).astimezone(UTC)
            with closing(collect_entries(who.api, ticket.job_id, ticket.which, self._fetch)) as files:
                yield from make_chunks(files, moment)
        finally:
            self._running -= 1


def _find_address(api: Api, job_id: str, image_id: str) -> str | None:
    """Return where a finished image is fetched from, under its name; None when it is not finished."""
    names = JobNames(api.names(job_id))
    return api.image(job_id, image_id, download_name=names.single(image_id)).download_url


async def _send_chunks(first: bytes, chunks: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    try:
        yield first
        async for chunk in iterate_in_threadpool(chunks):
            yield chunk
    except BackdropClientError as error:
        # The connection is broken off, so that the browser says that the file is not whole.
        logger.warning("a download ended early: %s: %s", error.code, error.message)
        raise
    finally:
        chunks.close()


def _make_headers(ticket: Ticket) -> dict[str, str]:
    plain = ticket.file_name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(ticket.file_name, safe='')}",
        "Cache-Control": "no-store",
        # A proxy that collects the answer before passing it on would hold all of it.
        "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff",
    }


def _read_language(request: Request) -> str:
    """Return the language that was chosen by hand, else the browser's first one that there is."""
    asked = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return choose_language([request.cookies.get(COOKIE), *asked])


def _make_page(request: Request, why: Notice | BackdropClientError, status: HTTPStatus) -> HTMLResponse:
    language = _read_language(request)
    with speak_in(language):
        notice = translate_notice(why) if isinstance(why, Notice) else explain(why)
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><meta name="viewport" content="width=device-width">'
        "<title>Backdrop</title>"
        '<body style="font:1rem/1.5 system-ui;color-scheme:light dark;max-width:36rem;margin:3rem auto;padding:0 1rem">'
        f"<h1>{escape(notice.what)}</h1><p>{escape(notice.next_step)}</p>",
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )
