"""Looking for a file by its hash in the reports of many jobs: newest first, several at once."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from backdrop.api.schemas.stories import Story, StoryPart
from backdrop_cli.proof.explain import explain

HASH = "ab" * 32


class Reports:
    """Jobs 0 (the newest) to 29; `having` have the file. As API and as storage."""

    def __init__(self, *having: int) -> None:
        self.having, self.read, self.at_once, self.busiest = having, 0, 0, 0
        self.lock = threading.Lock()

    def jobs_page(self, *, limit: int, cursor: str | None, trials: bool) -> Any:
        start = int(cursor or 0)
        jobs = [
            SimpleNamespace(
                job_id=f"{n}", created_at="2026-11-21T04", report_urls=SimpleNamespace(json_=str(n)) if n != 3 else None
            )
            for n in range(start, min(start + limit, 30))
        ]
        return SimpleNamespace(jobs=jobs, cursor=str(start + limit) if start + limit < 30 else None)

    def fetch(self, url: str, target: Path) -> None:
        with self.lock:
            self.read += 1
            self.at_once += 1
            self.busiest = max(self.busiest, self.at_once)
        # The newest are the slowest.
        time.sleep(0.05 if int(url) < 6 else 0.005)
        sha256 = HASH if int(url) in self.having else "cd" * 32
        image = {"ImageId": "00000000", "Output": {"Sha256": sha256, "Key": "k"}, "Source": {"Sha256": "ef" * 32}}
        target.write_text('{"Images":[\n' + json.dumps(image) + "\n]}")
        with self.lock:
            self.at_once -= 1

    def image_story(self, job_id: str, image_id: str, sha256: str | None = None) -> Story:
        return Story(job_id=job_id, image_id=image_id, parts=[StoryPart(title="The file", sentences=["Here."])])


def look(reports: Reports) -> tuple[Any, list[str]]:
    said: list[str] = []
    api: Any = reports
    return explain(api, api, HASH, None, said.append), said


def test_the_newest_job_that_has_it_is_told_whichever_report_came_first() -> None:
    reports = Reports(1, 7, 12)

    told, _ = look(reports)

    assert told.story.job_id == "1"
    assert 1 < reports.busiest <= 6
    assert reports.read < 25, "no more is asked for once it is found"


def test_all_are_looked_through_with_progress_where_none_has_it() -> None:
    reports = Reports()

    told, said = look(reports)

    assert (told.story, reports.read) == (None, 29)
    assert said == [f"Looked through {n} jobs, back to 2026-11-21." for n in (10, 20, 30)]
