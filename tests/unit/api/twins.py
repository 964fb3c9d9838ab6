"""In-memory twins of the tables, the bucket and Rekognition: same rules, no network."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.search import Search
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import ImageStatus, JobStatus, Verdict
from backdrop.jobs.mails.setting import MailRow, Subscription
from backdrop.jobs.model import BackdropRow, Draft, GlancedImage, Job, Label, Outcome, OwnMask, PhotoRow
from backdrop.jobs.ports import Copy
from backdrop.jobs.saved.rows import SavedSettings


class Drafts:
    """Twin of `aws.images_table.ImagesTable`."""

    def __init__(self) -> None:
        self.rows: dict[str, Draft] = {}
        self.photo_rows: dict[tuple[str, str], PhotoRow] = {}
        self.before_claim: Callable[[], None] = lambda: None
        self.before_copies: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def put_draft(self, draft: Draft) -> None:
        assert draft.id not in self.rows
        self.rows[draft.id] = draft

    def draft(self, draft_id: str) -> Draft | None:
        return self.rows.get(draft_id)

    def drafts_of(self, owner: str, limit: int) -> list[Draft]:
        mine = (draft for draft in self.rows.values() if draft.owner == owner and draft.listed)
        return sorted(mine, key=lambda draft: draft.id, reverse=True)[:limit]

    def set_listed(self, draft: Draft, *, listed: bool) -> bool:
        if self.rows[draft.id].submitted_at:
            return False
        self.rows[draft.id] = replace(self.rows[draft.id], listed=listed)
        return True

    def reserve(self, draft_id: str, count: int, most: int) -> int | None:
        with self._lock:
            draft = self.rows.get(draft_id)
            if draft is None or draft.submitted_at or draft.photo_count + count > most:
                return None
            self.rows[draft_id] = replace(
                draft,
                photo_count=draft.photo_count + count,
                next_number=draft.next_number + count,
                revision=draft.revision + 1,
            )
            return draft.next_number

    def claim(self, draft: Draft, *, claim: str, at: str, stale_before: str, left_out: frozenset[str]) -> bool:
        self.before_claim()
        with self._lock:
            now = self.rows[draft.id]
            free = now.submitted_at is None or now.submitted_at < stale_before
            if not free or now.revision != draft.revision:
                return False
            self.rows[draft.id] = replace(now, submitted_at=at, claim=claim, left_out=left_out)
            return True

    def release(self, draft: Draft, claim: str) -> bool:
        now = self.rows[draft.id]
        if now.claim != claim:
            return False
        self.rows[draft.id] = replace(now, submitted_at=None, claim=None, left_out=frozenset())
        return True

    def put_photos(self, photos: Sequence[PhotoRow]) -> None:
        for photo in photos:
            assert (photo.job_id, photo.image_id) not in self.photo_rows
            self.photo_rows[photo.job_id, photo.image_id] = photo

    def rewrite_photos(self, photos: Sequence[PhotoRow]) -> None:
        for photo in photos:
            assert self.rows[photo.job_id].submitted_at
            assert self.photo_rows[photo.job_id, photo.image_id].outcome == Outcome()
            self.photo_rows[photo.job_id, photo.image_id] = photo

    def put_copies(self, draft_id: str, photos: Sequence[PhotoRow]) -> bool:
        self.before_copies()
        with self._lock:
            draft = self.rows[draft_id]
            if draft.submitted_at:
                return False
            self.put_photos(photos)
            self.rows[draft_id] = replace(draft, revision=draft.revision + 1)
            return True

    def some(self, job_id: str, image_ids: Sequence[str]) -> list[PhotoRow]:
        return [row for id_ in image_ids if (row := self.photo(job_id, id_))]

    def photo(self, job_id: str, image_id: str) -> PhotoRow | None:
        assert not image_id.startswith("#"), "the draft's own row must be out of reach"
        return self.photo_rows.get((job_id, image_id))

    def photos(self, job_id: str) -> Iterator[PhotoRow]:
        yield from self._sorted(job_id)

    def page(self, job_id: str, limit: int, after: str | None) -> tuple[list[PhotoRow], str | None]:
        return self._page(self._sorted(job_id), limit, after)

    def page_of_status(
        self, job_id: str, status: ImageStatus, limit: int, after: str | None
    ) -> tuple[list[PhotoRow], str | None]:
        return self._page([row for row in self._sorted(job_id) if row.status is status], limit, after)

    def glance(self, job_id: str, limit: int, after: str | None) -> tuple[list[GlancedImage], str | None]:
        rows, more = self._page(self._sorted(job_id), limit, after)
        return [GlancedImage(row.image_id, row.name, row.status, row.verdict, row.outcome.review) for row in rows], more

    def count(self, job_id: str, status: ImageStatus) -> int:
        return sum(row.status is status for row in self._sorted(job_id))

    def counted(self, job_id: str) -> tuple[int, int] | None:
        ended = [row.status for row in self._sorted(job_id)]
        return ended.count(ImageStatus.SUCCEEDED), ended.count(ImageStatus.FAILED)

    def save_inspection(self, photo: PhotoRow, *, labels_only: bool = False) -> bool:
        now = self.photo_rows.get((photo.job_id, photo.image_id))
        open_ = now is not None and (
            now.status is ImageStatus.UPLOADING or (now.status is ImageStatus.READY and now.labels_error is not None)
        )
        if open_ and now:
            if labels_only:
                photo = replace(
                    photo,
                    mask_sha256=now.mask_sha256,
                    mask_from=now.mask_from,
                    mask_at=now.mask_at,
                    own_labels=now.own_labels,
                )
            self.photo_rows[photo.job_id, photo.image_id] = photo
        return open_

    def save_mask(self, draft_id: str, image_id: str, mask: OwnMask | None) -> bool:
        with self._lock:
            draft, photo = self.rows[draft_id], self.photo_rows.get((draft_id, image_id))
            if draft.submitted_at or photo is None or photo.status is not ImageStatus.READY:
                return False
            self.photo_rows[draft_id, image_id] = replace(
                photo,
                mask_sha256=mask.sha256 if mask else None,
                mask_from=mask.origin if mask else None,
                mask_at=mask.at if mask else None,
            )
            self.rows[draft_id] = replace(draft, revision=draft.revision + 1)
            return True

    def save_labels(self, draft_id: str, image_id: str, labels: tuple[Label, ...] | None) -> bool:
        with self._lock:
            draft, photo = self.rows[draft_id], self.photo_rows.get((draft_id, image_id))
            if draft.submitted_at or photo is None or photo.status is not ImageStatus.READY:
                return False
            self.photo_rows[draft_id, image_id] = replace(photo, own_labels=labels)
            self.rows[draft_id] = replace(draft, revision=draft.revision + 1)
            return True

    def save_verdict(self, job_id: str, image_id: str, verdict: Verdict | None, at: str, why: Why = UNSAID) -> bool:
        row = self.photo_rows[job_id, image_id]
        if row.status is not ImageStatus.SUCCEEDED:
            return False
        self.photo_rows[job_id, image_id] = replace(row, verdict=verdict, verdict_at=at if verdict else None, why=why)
        return True

    def delete_photo(self, draft_id: str, image_id: str) -> bool:
        with self._lock:
            draft = self.rows[draft_id]
            if draft.submitted_at or (draft_id, image_id) not in self.photo_rows:
                return False
            del self.photo_rows[draft_id, image_id]
            self.rows[draft_id] = replace(draft, photo_count=draft.photo_count - 1, revision=draft.revision + 1)
            return True

    def _sorted(self, job_id: str) -> list[PhotoRow]:
        return [row for key, row in sorted(self.photo_rows.items()) if key[0] == job_id]

    @staticmethod
    def _page(rows: list[PhotoRow], limit: int, after: str | None) -> tuple[list[PhotoRow], str | None]:
        rest = [row for row in rows if after is None or row.image_id > after]
        # As DynamoDB: a full page names where to go on, even when nothing follows.
        return rest[:limit], rest[limit - 1].image_id if len(rest) >= limit else None


class Backdrops:
    """Twin of `aws.backdrops_table.BackdropsTable`."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], BackdropRow] = {}

    def put_backdrop(self, row: BackdropRow) -> None:
        assert (row.owner, row.id) not in self.rows
        self.rows[row.owner, row.id] = row

    def backdrop(self, owner: str, backdrop_id: str) -> BackdropRow | None:
        return self.rows.get((owner, backdrop_id))

    def backdrops(self, owner: str) -> list[BackdropRow]:
        return [row for key, row in sorted(self.rows.items()) if key[0] == owner]

    def save_backdrop(self, row: BackdropRow) -> bool:
        now = self.rows.get((row.owner, row.id))
        if now is None or now.status is not ImageStatus.UPLOADING:
            return False
        self.rows[row.owner, row.id] = row
        return True

    def change_backdrop(self, row: BackdropRow) -> bool:
        if (row.owner, row.id) not in self.rows:
            return False
        self.rows[row.owner, row.id] = row
        return True

    def delete_backdrop(self, owner: str, backdrop_id: str) -> None:
        self.rows.pop((owner, backdrop_id), None)

    def shared_backdrop(self, backdrop_id: str) -> BackdropRow | None:
        return next((row for row in self.shared_backdrops() if row.id == backdrop_id), None)

    def shared_backdrops(self) -> list[BackdropRow]:
        return [row for _, row in sorted(self.rows.items()) if row.shared_by is not None]


class SavedSettingsTwin:
    """Twin of `aws.saved.settings_table.SavedSettingsTable`."""

    def __init__(self) -> None:
        self.rows: dict[str, SavedSettings] = {}

    def saved(self, owner: str, teams: Collection[str], settings_id: str) -> SavedSettings | None:
        row = self.rows.get(settings_id)
        return row if row and (row.owner == owner or row.team in teams) else None

    def all_saved(self, owner: str | None, team: str | None) -> list[SavedSettings]:
        return [row for _, row in sorted(self.rows.items()) if (row.owner, row.team) == (owner, team)]

    def put_saved(self, row: SavedSettings) -> bool:
        return self._write(row)

    def change_saved(self, row: SavedSettings, before: SavedSettings) -> bool:
        now = self.rows.get(before.id)
        return now is not None and now.version == before.version and self._write(row)

    def delete_saved(self, row: SavedSettings) -> None:
        self.rows.pop(row.id, None)

    def _write(self, row: SavedSettings) -> bool:
        others = (one for one in self.all_saved(row.owner, row.team) if one.id != row.id)
        if row.name_form in {one.name_form for one in others}:
            return False
        self.rows[row.id] = row
        return True


class MailRowsTwin:
    """Twin of `aws.mails.settings_table.MailSettingsTable`."""

    def __init__(self) -> None:
        self.rows: dict[str, MailRow] = {}

    def mail_row(self, owner: str) -> MailRow | None:
        return self.rows.get(owner)

    def put_mail_row(self, owner: str, row: MailRow) -> None:
        self.rows[owner] = row

    def remove_mail_row(self, owner: str) -> None:
        self.rows.pop(owner, None)


class TopicTwin:
    """Twin of `aws.mails.subscriptions.MailSubscriptions`: address -> subscription."""

    def __init__(self) -> None:
        self.found: dict[str, Subscription] = {}
        self.asked: list[str] = []

    def look_up(self, row: MailRow) -> Subscription | None:
        return self.found.get(row.arn)

    def subscribe(self, address: str) -> str:
        self.asked.append(address)
        self.found.setdefault(f"arn:{address}", Subscription(pending=True, own=True))
        return f"arn:{address}"

    def unsubscribe(self, arn: str) -> None:
        assert not self.found[arn].pending, "SNS deletes no pending subscription"
        del self.found[arn]

    def confirm(self, address: str) -> None:
        """What the reader of the mail does."""
        self.found[f"arn:{address}"] = Subscription(pending=False, own=True)


class Jobs:
    """Twin of `aws.jobs_table.JobsTable`. `puts` counts the rows ever written: each would start a paid run."""

    def __init__(self) -> None:
        self.rows: dict[str, Job] = {}
        self.puts = 0
        self._lock = threading.Lock()

    def get(self, job_id: str) -> Job | None:
        return self.rows.get(job_id)

    def put_once(self, job: Job) -> bool:
        with self._lock:
            if job.id in self.rows:
                return False
            self.rows[job.id] = job
            self.puts += 1
            return True

    def cancel(self, job_id: str, at: str) -> bool:
        with self._lock:
            job = self.rows[job_id]
            if job.status.final or job.cancelled_at:
                return False
            if job.status is JobStatus.SUBMITTED:
                left = job.image_count
                job = replace(job, status=JobStatus.CANCELLED, finished_at=at, succeeded=0, failed=left, cancelled=left)
                job = replace(job, cost_usd=0.0)
            self.rows[job_id] = replace(job, cancelled_at=at)
            return True

    def rename(self, job: Job) -> bool:
        with self._lock:
            if job.id not in self.rows:
                return False
            now = self.rows[job.id]
            self.rows[job.id] = replace(now, name=job.name, tags=job.tags, search_text=job.search_text)
            return True

    def note_redo(self, job_id: str, redo_id: str) -> bool:
        job = self.rows[job_id]
        self.rows[job_id] = replace(job, redos=job.redos | {redo_id})
        return True

    def of_owner(
        self, owner: str, limit: int, after: tuple[str, str] | None, *, trials: bool, search: Search | None = None
    ) -> tuple[list[Job], tuple[str, str] | None]:
        listed = (job for job in self.rows.values() if job.owner == owner and (trials or job.is_listed))
        mine = sorted((job for job in listed if _takes(search, job)), key=_place, reverse=True)
        rest = [job for job in mine if after is None or _place(job) < after]
        return rest[:limit], _place(rest[limit - 1]) if len(rest) > limit else None

    def of_people(
        self,
        owner: str | None,
        teams: Sequence[str],
        limit: int,
        after: tuple[str, str] | None,
        *,
        trials: bool,
        search: Search | None = None,
    ) -> tuple[list[Job], tuple[str, str] | None]:
        theirs = (job for job in self.rows.values() if job.owner == owner or job.team in teams)
        listed = [job for job in theirs if _takes(search, job)]
        mine = sorted((job for job in listed if trials or job.is_listed), key=_place, reverse=True)
        rest = [job for job in mine if after is None or _place(job) < after]
        return rest[:limit], _place(rest[limit - 1]) if len(rest) > limit else None

    def set_team(self, job_id: str, team: str | None) -> bool:
        self.rows[job_id] = replace(self.rows[job_id], team=team)
        return True

    def of_everybody(
        self, limit: int, after: tuple[str, str] | None, *, trials: bool, search: Search | None = None
    ) -> tuple[list[Job], tuple[str, str] | None]:
        found = (job for job in self.rows.values() if (trials or job.is_listed) and _takes(search, job))
        listed = sorted(found, key=_place, reverse=True)
        rest = [job for job in listed if after is None or _place(job) < after]
        return rest[:limit], _place(rest[limit - 1]) if len(rest) > limit else None


def _takes(search: Search | None, job: Job) -> bool:
    return search is None or search.takes(job.created_at, job.tags, job.found_by)


def _place(job: Job) -> tuple[str, str]:
    return job.created_at, job.id


class Objects:
    """Twin of `aws.objects.Objects`. A presigned URL names what it would open."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.gets = 0
        self.broken = False

    def get(self, bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        self.gets += 1
        if key not in self.data:
            raise BackdropError(missing, f"There is no object s3://{bucket}/{key}.")
        return self.data[key]

    def put(self, bucket: str, key: str, data: bytes, content_type: str, tagging: str = "") -> None:
        if self.broken:
            raise BackdropError(ErrorCode.STORAGE_ERROR, f"Could not write {key}: SlowDown.")
        self.data[key] = data
        self.tags[key] = tagging

    def put_new(self, bucket: str, key: str, data: bytes, content_type: str) -> bool:
        if self.broken:
            raise BackdropError(ErrorCode.STORAGE_ERROR, f"Could not write {key}: SlowDown.")
        return self.data.setdefault(key, data) is data

    def any_after(self, bucket: str, prefix: str, after: str) -> bool:
        return any(key.startswith(prefix) and key > after for key in self.data)

    def tag(self, bucket: str, key: str, tagging: str) -> None:
        assert key in self.data
        self.tags[key] = tagging

    def copy(self, bucket: str, copies: Sequence[Copy], tagging: str) -> None:
        for wanted in copies:
            if wanted.source in self.data:
                self.put(bucket, wanted.target, self.data[wanted.source], "", tagging)
            elif not wanted.optional:
                raise BackdropError(ErrorCode.PHOTO_MISSING, f"There is no object {wanted.source}.")

    def presigned_get(self, bucket: str, key: str, filename: str | None = None) -> str:
        return f"https://{bucket}.test/{key}?name={filename or ''}"

    def presigned_post(self, bucket: str, key: str, content_type: str, max_bytes: int) -> dict[str, Any]:
        fields = {"key": key, "Content-Type": content_type, "test-max-bytes": str(max_bytes)}
        return {"url": f"https://{bucket}.test/", "fields": fields}


class Detector:
    """Twin of `aws.labels.Labels`: answers `found`, or fails while `failure` is set. `calls` are what is paid."""

    def __init__(self) -> None:
        self.found: tuple[Label, ...] = (
            Label("Mug", 98.5, ((0.1, 0.2, 0.3, 0.4),)),
            Label("Table", 80.0),
            Label("Spoon", 70.0, ((0.5, 0.5, 0.1, 0.1), (0.7, 0.7, 0.1, 0.1))),
        )
        self.failure: BackdropError | None = None
        self.calls = 0

    def detect(self, bucket: str, key: str) -> tuple[Label, ...]:
        self.calls += 1
        if self.failure:
            raise self.failure
        return self.found


@dataclass
class CutOuts:
    """The CutOut function: answers a white mask, and remembers what it was asked."""

    wishes: list[Mapping[str, Any]] = field(default_factory=list)
    error: BackdropError | None = None
    doubt: Mapping[str, Any] | None = None

    def look(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        self.wishes.append(wish)
        if self.error:
            raise self.error
        return {"Mask": "bWFzaw==", "Width": 8, "Height": 6, **({"Doubt": self.doubt} if self.doubt else {})}


@dataclass
class Painter:
    """Bedrock's painters, and who claims them: each call makes a plain picture; `calls` are what is paid."""

    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    failure: BackdropError | None = None
    answer: Mapping[str, Any] | None = None
    blocks: BackdropError | None = None
    claimed: dict[str, tuple[str, int]] = field(default_factory=dict)

    def call(self, region: str, model_id: str, body: bytes) -> bytes:
        request = json.loads(body)
        self.calls.append((region, model_id, request))
        if self.failure:
            raise self.failure
        out = io.BytesIO()
        Image.new("RGB", (96, 64), (request["seed"] % 200, 120, 80)).save(out, "PNG")
        picture = base64.b64encode(out.getvalue()).decode()
        made = self.answer or {"images": [picture], "seeds": [request["seed"]], "finish_reasons": [None]}
        return json.dumps(made).encode()

    def screen(self, image: Image.Image) -> None:
        if self.blocks:
            raise self.blocks

    def claim(self, request: str, by: str, now_ms: int, until_ms: int) -> bool:
        other = self.claimed.get(request)
        if other and other[1] > now_ms:
            return False
        self.claimed[request] = (by, until_ms)
        return True

    def release(self, request: str, by: str) -> None:
        if self.claimed.get(request, ("", 0))[0] == by:
            del self.claimed[request]
