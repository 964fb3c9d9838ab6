"""The Jobs table: one item per submitted job (docs/contracts.md, Tables)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from backdrop.aws.items import expiry, from_item, to_item, to_value, to_values
from backdrop.aws.table import Item, Table
from backdrop.core import options_json
from backdrop.core.keys import JobPrefixes
from backdrop.core.search import LOOKED_AT, Search
from backdrop.core.vocabulary import JobStatus, Mode
from backdrop.jobs.model import JOB_LIFETIME, JOB_NOT_STARTED, Job, JobSettings, UsedSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BY_OWNER = "ByOwner"
BY_STATUS = "ByStatus"
BY_TEAM = "ByTeam"

_LOOKED_AT_ONCE = 250
"""Jobs that a search reads with one call."""

_Places = list[tuple[tuple[str, str], Job | None]]
"""Places `(CreatedAt, JobId)`, each with its job; None: it is left out."""

_AFTER_ALL_IDS = "~"

LISTED = "attribute_not_exists(Trial) AND attribute_not_exists(RedoOf)"
"""`Job.is_listed`, as a condition."""


@dataclass(frozen=True)
class JobsTable:
    """Reads and writes jobs. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the table's name.
        row_lifetime: how long a job's row is kept.
    """

    connect: Callable[[], DynamoDBClient]
    table: str
    row_lifetime: timedelta = JOB_LIFETIME

    def get(self, job_id: str) -> Job | None:
        """The job, read consistently; None when there is none."""
        item = self._rows.get(_key(job_id))
        return job_of(from_item(item)) if item else None

    def put_once(self, job: Job) -> bool:
        """Write a new job. False, and nothing written, when a job of that id exists: a draft makes one job."""
        return self._rows.put(to_item(_attributes(job, self.row_lifetime)), "attribute_not_exists(JobId)")

    def cancel(self, job_id: str, at: str) -> bool:
        """Note that the job is cancelled, once. False, and nothing written, when it was before or has ended.

        One that has not begun to run has ended with that, all its images left: whether its execution still starts or
        never does, none of them will be begun.
        """
        return self._change(
            job_id,
            "SET CancelledAt = :at, #Status = :cancelled, FinishedAt = :at, Succeeded = :none, Failed = ImageCount, "
            "Cancelled = ImageCount, CostUsd = :none",
            "attribute_not_exists(CancelledAt) AND #Status = :submitted",
            {
                ":at": at,
                ":cancelled": JobStatus.CANCELLED.value,
                ":submitted": JobStatus.SUBMITTED.value,
                ":none": 0,
            },
            ["Status"],
        ) or self._change(
            job_id,
            "SET CancelledAt = :at",
            "attribute_not_exists(CancelledAt) AND #Status = :running",
            {":at": at, ":running": JobStatus.RUNNING.value},
            ["Status"],
        )

    def set_team(self, job_id: str, team: str | None) -> bool:
        """Note which team sees the job; None: none does. False when there is no such row."""
        return self._change(
            job_id,
            "SET Team = :team" if team else "REMOVE Team",
            "attribute_exists(JobId)",
            {":team": team} if team else {},
            [],
        )

    def rename(self, job: Job) -> bool:
        """Write a job's name, its tags and what it is found by. False, and nothing written, when there is none."""
        values = {":name": job.name, ":tags": _text_of_tags(job.tags), ":text": job.search_text}
        expression = "SET #Name = :name, #Tags = :tags, #SearchText = :text"
        return self._change(job.id, expression, "attribute_exists(JobId)", values, ["Name", "Tags", "SearchText"])

    def note_redo(self, job_id: str, redo_id: str) -> bool:
        """Note that another job makes new tries of a job's images. False when there is no such row. Twice does no
        harm."""
        return self._change(job_id, "ADD Redos :redo", "attribute_exists(JobId)", {":redo": {redo_id}}, [])

    def of_owner(
        self, owner: str, limit: int, after: tuple[str, str] | None, *, trials: bool, search: Search | None = None
    ) -> tuple[list[Job], tuple[str, str] | None]:
        """A page of the owner's jobs, newest first. It is full as long as there are enough jobs, and the last page
        says that it is the last.

        Args:
            owner: the Cognito `sub`.
            limit: most jobs in the page.
            after: `(CreatedAt, JobId)` of the last job of the page before; None for the first page.
            trials: whether trials, and redos of other jobs, are in it too.
            search: which jobs are wanted; None: all. Of the next `LOOKED_AT` jobs then: the page may hold fewer than
                there are, or none, and yet have a next one.

        Returns:
            The jobs, and `(CreatedAt, JobId)` to go on after; None when these were the last.
        """
        query = _query_of_owner(owner, search, trials=trials)
        if after:
            query["ExclusiveStartKey"] = to_item({"Owner": owner, "CreatedAt": after[0], "JobId": after[1]})
        jobs: list[Job] = []
        # One more than the page takes tells whether there is a next one.
        at_once, looked = (limit + 1 if search is None else _LOOKED_AT_ONCE), 0
        # DynamoDB counts the items it looked at, not those that pass the filter: asked again until the page is full.
        while len(jobs) <= limit:
            page = self._rows.query(Limit=at_once, **query)
            found = map(job_of, map(from_item, page.items))
            jobs += [job for job in found if search is None or _takes(search, job)]
            looked += at_once
            if not page.last:
                break
            query["ExclusiveStartKey"] = page.last
            if search is not None and looked >= LOOKED_AT and len(jobs) <= limit:
                last = from_item(page.last)
                return jobs, (last["CreatedAt"], last["JobId"])
        return _cut_page(jobs, limit)

    def of_everybody(
        self, limit: int, after: tuple[str, str] | None, *, trials: bool, search: Search | None = None
    ) -> tuple[list[Job], tuple[str, str] | None]:
        """A page of all jobs of the stack, newest first; arguments and answer as of `of_owner`.

        It is made of the index by status, which may be some moments behind: a job whose status changes just now can be
        missing until the page is asked for again.
        """

        def read(count: int, behind: tuple[str, str] | None) -> _Places:
            places = self._places(count, behind)
            items = self._rows.get_many([_key(job_id) for _, job_id in places])
            rows = {job.id: job for job in map(job_of, map(from_item, items)) if trials or job.is_listed}
            return [(place, rows.get(place[1])) for place in places]

        return _fill_page(read, limit, after, search)

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
        """A page of the jobs of an owner, if one is named, and of teams, newest first and each once; arguments and
        answer as of `of_owner`. Each is a query of its own: however many jobs the stack has, none else is read."""
        if owner is not None and not teams:
            return self.of_owner(owner, limit, after, trials=trials, search=search)
        indexes = [(BY_TEAM, "Team", team) for team in teams]
        if owner is not None:
            indexes.append((BY_OWNER, "Owner", owner))

        def read(count: int, behind: tuple[str, str] | None) -> _Places:
            found = {
                (row["CreatedAt"], row["JobId"]): row
                for index, name, value in indexes
                for row in self._newest(index, name, value, count, behind, trials=trials)
            }
            return [(place, job_of(found[place])) for place in sorted(found, reverse=True)[:count]]

        return _fill_page(read, limit, after, search)

    def _places(self, count: int, after: tuple[str, str] | None) -> list[tuple[str, str]]:
        """Places `(CreatedAt, JobId)` of the next jobs of any status, newest first, `count` if there are so many."""
        found = {
            (row["CreatedAt"], row["JobId"])
            for status in JobStatus
            for row in self._newest(BY_STATUS, "Status", status.value, count, after)
        }
        return sorted(found, reverse=True)[:count]

    def _newest(
        self, index: str, name: str, value: str, count: int, after: tuple[str, str] | None, *, trials: bool = True
    ) -> list[dict[str, Any]]:
        """The next rows of an index in which the attribute `name` is `value`, newest first: `count` if there are so
        many, and some more. What an index does not project is not there."""
        fresh: list[dict[str, Any]] = []
        for page in self._rows.pages(
            IndexName=index,
            KeyConditionExpression="#name = :value" + (" AND CreatedAt <= :after" if after else ""),
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={
                ":value": to_value(value),
                **({":after": to_value(after[0])} if after else {}),
            },
            ScanIndexForward=False,
            Limit=count + 1,
            **({} if trials else {"FilterExpression": LISTED}),
        ):
            rows = map(from_item, page.items)
            # Jobs of one moment come in any order: those of the page before are left out here ...
            fresh += [row for row in rows if after is None or (row["CreatedAt"], row["JobId"]) < after]
            # ... and one moment's jobs are read to their end, so that none is passed over.
            if len(fresh) > count and fresh[-1]["CreatedAt"] < fresh[count - 1]["CreatedAt"]:
                break
        return fresh

    def mark_running(self, job_id: str, execution_arn: str | None, started_at: str) -> bool:
        """Note that the execution runs. False when there is no such row (another system started the execution).

        A job that has ended stays so: one that was cancelled before it ran, of which this run only writes the report,
        or one that was closed because its run was stopped in this very step.
        """
        running = {"Status": JobStatus.RUNNING.value, "ExecutionArn": execution_arn, "StartedAt": started_at}
        return self._update(job_id, running, still_open=True) or self._update(job_id, {"ExecutionArn": execution_arn})

    def open_jobs(self) -> list[str]:
        """Ids of all jobs that are `Submitted` or `Running`, the oldest of each first. The index may be some moments
        behind, so each is to be read again."""
        return [
            from_item(item)["JobId"]
            for status in (JobStatus.SUBMITTED, JobStatus.RUNNING)
            for page in self._rows.pages(
                IndexName=BY_STATUS,
                KeyConditionExpression="#Status = :status",
                ExpressionAttributeNames={"#Status": "Status"},
                ExpressionAttributeValues={":status": to_value(status.value)},
            )
            for item in page.items
        ]

    def reopen(self, job_id: str) -> bool:
        """Let a job whose start failed for good be started after all. False, and nothing written, when it is no such
        job."""
        return self._change(
            job_id,
            "SET #Status = :submitted REMOVE #Error, Cause, FinishedAt",
            "#Status = :failed AND #Error = :error",
            {
                ":submitted": JobStatus.SUBMITTED.value,
                ":failed": JobStatus.FAILED.value,
                ":error": JOB_NOT_STARTED,
            },
            ["Status", "Error"],
        )

    def finish(
        self,
        job_id: str,
        *,
        status: JobStatus,
        finished_at: str,
        succeeded: int,
        failed: int,
        cancelled: int | None = None,
        need_review: int | None = None,
        report_key: str | None = None,
        report_csv_key: str | None = None,
        report_page_key: str | None = None,
        cost_usd: float | None = None,
        picture_keys: Sequence[str] = (),
        error: str | None = None,
        cause: str | None = None,
        still_open: bool = False,
    ) -> bool:
        """Write the job's final status and totals, over an error of before. False when there is no such row, or with
        `still_open` when the job has ended already."""
        return self._update(
            job_id,
            {
                "Status": status.value,
                "FinishedAt": finished_at,
                "Succeeded": succeeded,
                "Failed": failed,
                "Cancelled": cancelled,
                "NeedReview": need_review,
                "ReportKey": report_key,
                "ReportCsvKey": report_csv_key,
                "ReportPageKey": report_page_key,
                "CostUsd": cost_usd,
                "PictureKeys": json.dumps(list(picture_keys)) if picture_keys else None,
                "Error": error,
                "Cause": cause,
            },
            gone=() if error else ("Error", "Cause"),
            still_open=still_open,
        )

    def fail_start(self, job_id: str, *, cause: str, finished_at: str) -> bool:
        """Write that a job which was to start failed. False, and nothing written, when it has started (a record that
        comes twice must not fail it), was cancelled, or there is no such row."""
        return self._update(job_id, _failed(JOB_NOT_STARTED, cause, finished_at), only=JobStatus.SUBMITTED)

    def fail_run(self, job_id: str, *, error: str, cause: str, finished_at: str) -> bool:
        """Write that a job which was begun failed and has no report. False, and nothing written, when it has ended
        already, or there is no such row."""
        return self._update(job_id, _failed(error, cause, finished_at), still_open=True)

    def claim_closing(self, job_id: str, *, now: str, until: str) -> bool:
        """Keep the closing of a job to oneself for a time. False when the job has ended, somebody else closes it, or
        there is no such row."""
        return self._change(
            job_id,
            "SET ClosingUntil = :until",
            "attribute_exists(JobId) AND attribute_not_exists(FinishedAt)"
            " AND (attribute_not_exists(ClosingUntil) OR ClosingUntil < :now)",
            {":until": until, ":now": now},
            [],
        )

    def release_closing(self, job_id: str) -> bool:
        """Let others close a job that one did not close. False when there is no such row."""
        return self._change(job_id, "REMOVE ClosingUntil", "attribute_exists(JobId)", {}, [])

    def note_progress(self, job_id: str, ended: int, at: str) -> str | None:
        """Note how many of a job's images have ended, and return since when it is so many. None: the job has ended, or
        there is no such row.

        Args:
            job_id: the job's.
            ended: images that have.
            at: the moment, ISO 8601 UTC.
        """
        changed = self._change(
            job_id,
            "SET ProgressCount = :ended, ProgressAt = :at",
            "attribute_exists(JobId) AND attribute_not_exists(FinishedAt)"
            " AND (attribute_not_exists(ProgressAt) OR ProgressCount <> :ended)",
            {":ended": ended, ":at": at},
            [],
        )
        if changed:
            return at
        row = from_item(self._rows.get(_key(job_id)) or {})
        return None if row.get("FinishedAt") else row.get("ProgressAt")

    def _update(
        self,
        job_id: str,
        values: dict[str, Any],
        *,
        gone: Sequence[str] = (),
        only: JobStatus | None = None,
        still_open: bool = False,
    ) -> bool:
        """Set what is not None in a row that exists, and remove what is `gone`, if its status is `only` and, with
        `still_open`, the job has not ended: every end of a job writes `FinishedAt`."""
        given = {name: value for name, value in values.items() if value is not None}
        condition, values_ = "attribute_exists(JobId)", {f":{name}": value for name, value in given.items()}
        if only:
            condition, values_[":only"] = f"{condition} AND #Status = :only", only.value
        if still_open:
            condition = f"{condition} AND attribute_not_exists(FinishedAt)"
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in given)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        names = [*given, *gone, *(["Status"] if only else [])]
        return self._change(job_id, expression, condition, values_, names)

    def _change(
        self, job_id: str, expression: str, condition: str, values: dict[str, Any], names: Iterable[str]
    ) -> bool:
        """One update, in which each of `names` has a `#` in front. False, and nothing written, when the condition
        fails."""
        placeholders = {f"#{name}": name for name in names}
        return self._rows.update(_key(job_id), expression, condition, to_values(values), placeholders) is not None

    @property
    def _rows(self) -> Table:
        return Table(self.connect, self.table)


def _key(job_id: str) -> Item:
    return {"JobId": {"S": job_id}}


def _fill_page(
    read: Callable[[int, tuple[str, str] | None], _Places],
    limit: int,
    after: tuple[str, str] | None,
    search: Search | None,
) -> tuple[list[Job], tuple[str, str] | None]:
    """Fill a page as `JobsTable.of_owner` describes it. `read(count, after)`: the next places, newest first, each with
    its job; None: it is left out."""
    jobs: list[Job] = []
    at_once, looked = (limit + 1 if search is None else _LOOKED_AT_ONCE), 0
    if search is not None and (after is None or after[0] > search.until):
        after = (search.until, _AFTER_ALL_IDS)
    while len(jobs) <= limit:
        places = read(at_once, after)
        jobs += [job for _, job in places if job and (search is None or _takes(search, job))]
        looked += at_once
        if len(places) < at_once or (search is not None and places[-1][0][0] < search.since):
            break
        after = places[-1][0]
        if search is not None and looked >= LOOKED_AT and len(jobs) <= limit:
            return jobs, after
    return _cut_page(jobs, limit)


def _cut_page(jobs: list[Job], limit: int) -> tuple[list[Job], tuple[str, str] | None]:
    """The page, and where to go on after: one job more than it takes tells that there is a next one."""
    shown = jobs[:limit]
    return shown, (shown[-1].created_at, shown[-1].id) if len(jobs) > limit else None


def _takes(search: Search, job: Job) -> bool:
    return search.takes(job.created_at, job.tags, job.found_by)


def _text_of_tags(tags: Sequence[str]) -> str:
    return json.dumps(tags, ensure_ascii=False)


def _query_of_owner(owner: str, search: Search | None, *, trials: bool) -> dict[str, Any]:
    """The query of an owner's jobs. Of a search DynamoDB leaves out what it can; rows of earlier versions have no text,
    and are looked at here."""
    key, names, values = "#owner = :owner", {"#owner": "Owner"}, {":owner": owner}
    filters = [] if trials else [LISTED]
    if search is not None:
        key += " AND CreatedAt BETWEEN :since AND :until"
        values |= {":since": search.since, ":until": search.until}
        words = {f":word{number}": word for number, word in enumerate((*search.words, *search.tags))}
        if words:
            values |= words
            contained = " AND ".join(f"contains(SearchText, {word})" for word in words)
            filters.append(f"(attribute_not_exists(SearchText) OR ({contained}))")
    return {
        "IndexName": BY_OWNER,
        "KeyConditionExpression": key,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": to_values(values),
        "ScanIndexForward": False,
        **({"FilterExpression": " AND ".join(filters)} if filters else {}),
    }


def _failed(error: str, cause: str, finished_at: str) -> dict[str, Any]:
    return {"Status": JobStatus.FAILED.value, "Error": error, "Cause": cause, "FinishedAt": finished_at}


def _attributes(job: Job, lifetime: timedelta) -> dict[str, Any]:
    return {
        "JobId": job.id,
        "Owner": job.owner,
        "OwnerEmail": job.owner_email,
        # Only there for a team's job: the index has no others.
        "Team": job.team,
        "CreatedAt": job.created_at,
        "Status": job.status.value,
        "S3Bucket": job.bucket,
        "InputS3Prefix": job.prefixes.input,
        "OutputS3Prefix": job.prefixes.output,
        "StatusS3Prefix": job.prefixes.status,
        "ManifestKey": job.manifest_key,
        "ImageCount": job.image_count,
        "Prompt": job.settings.prompt,
        "NegativePrompt": job.settings.negative_prompt,
        "Mode": job.settings.mode.value,
        "ModelId": job.settings.model_id,
        "Seed": job.settings.seed,
        # As text: nested attributes would have numbers that JSON can't write.
        "Options": json.dumps(options_json.to_dict(job.settings.options), separators=(",", ":")),
        # Only there for a trial, so that the others need no attribute to be listed.
        "Trial": job.trial or None,
        "TrialJobId": job.trial_job_id,
        "PictureKeys": json.dumps(job.picture_keys) if job.picture_keys else None,
        "PhotoCount": job.photo_count,
        "ExpectedUsd": job.expected_usd,
        "MaxUsd": job.max_usd,
        "Name": job.name or None,
        "Tags": _text_of_tags(job.tags) if job.tags else None,
        "SearchText": job.search_text or None,
        "RedoOf": job.redo_of,
        "Language": job.language,
        "UsedSettings": json.dumps(vars(job.used), ensure_ascii=False) if job.used else None,
        "ExpiresAt": expiry(job.created_at, lifetime),
    }


def job_of(item: dict[str, Any]) -> Job:
    """Return the job of a row's attributes as plain values.

    Raises:
        KeyError, TypeError, ValueError: the row is no job.
    """
    return Job(
        id=item["JobId"],
        owner=item["Owner"],
        owner_email=item["OwnerEmail"],
        team=item.get("Team"),
        created_at=item["CreatedAt"],
        status=JobStatus(item["Status"]),
        bucket=item["S3Bucket"],
        prefixes=JobPrefixes(item["InputS3Prefix"], item["OutputS3Prefix"], item["StatusS3Prefix"]),
        manifest_key=item["ManifestKey"],
        image_count=item["ImageCount"],
        settings=JobSettings(
            prompt=item["Prompt"],
            negative_prompt=item["NegativePrompt"],
            mode=Mode(item["Mode"]),
            model_id=item["ModelId"],
            seed=item["Seed"],
            options=options_json.from_dict(json.loads(item.get("Options", "{}"))),
        ),
        trial=bool(item.get("Trial")),
        trial_job_id=item.get("TrialJobId"),
        picture_keys=tuple(json.loads(item.get("PictureKeys", "[]"))),
        photo_count=item.get("PhotoCount"),
        expected_usd=item.get("ExpectedUsd"),
        max_usd=item.get("MaxUsd"),
        name=item.get("Name", ""),
        tags=tuple(json.loads(item.get("Tags", "[]"))),
        search_text=item.get("SearchText", ""),
        redo_of=item.get("RedoOf"),
        language=item.get("Language"),
        redos=frozenset(item.get("Redos", ())),
        used=UsedSettings(**json.loads(item["UsedSettings"])) if "UsedSettings" in item else None,
        execution_arn=item.get("ExecutionArn"),
        started_at=item.get("StartedAt"),
        finished_at=item.get("FinishedAt"),
        succeeded=item.get("Succeeded"),
        failed=item.get("Failed"),
        cancelled=item.get("Cancelled"),
        need_review=item.get("NeedReview"),
        cancelled_at=item.get("CancelledAt"),
        report_key=item.get("ReportKey"),
        report_csv_key=item.get("ReportCsvKey"),
        report_page_key=item.get("ReportPageKey"),
        error=item.get("Error"),
        cause=item.get("Cause"),
        cost_usd=item.get("CostUsd"),
    )
