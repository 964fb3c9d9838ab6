"""How long a job takes, before it starts and while it runs: what stores and schedules tell, for the one rule.

Paced jobs are played forward (`jobs/scheduling/time_left.py`). Where no model's quota is kept to, nothing can be
played: the time is told from the job's own speed, and before it runs from the user's own finished jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression, median

from backdrop.core import clock
from backdrop.core.vocabulary import JobStatus
from backdrop.jobs.model import Job, JobSettings
from backdrop.jobs.scheduling import answer_times, pacing
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.jobs.scheduling.pools import Pool
from backdrop.jobs.scheduling.progress import Counts
from backdrop.jobs.scheduling.time_left import Call, seconds_left
from backdrop.jobs.submission import Service
from backdrop.models import catalogue
from backdrop.models.base import PassOutput

LATEST = 20
"""Jobs that are looked at: older ones tell of another time."""

_MEASURED_JOBS = 3
"""Of those like a job, so many are looked into for what its images take."""


@dataclass(frozen=True)
class Run:
    """A finished job: how many images it made in how many seconds."""

    images: int
    seconds: float


@dataclass(frozen=True)
class Told:
    """What is told of a job that has not started.

    Attributes:
        seconds: that its calls take after its wait, if models answered at once; None where no quota says.
        expected_seconds: that it takes after its wait; None where nobody measured yet what its images take.
        queue_seconds: until the slowest model's next free turn.
    """

    seconds: float | None
    expected_seconds: float | None
    queue_seconds: float


def before_start(
    service: Service,
    owner: str,
    settings: JobSettings,
    photos: int,
    images: int,
    needed: Mapping[str, int],
    requests_per_minute: float,
) -> Told:
    """Return what is told of a job before it starts.

    Args:
        service: the stores.
        owner: whose jobs tell what images take.
        settings: the job's.
        photos: that are made, of equal ones one.
        images: of the job.
        needed: calls at each Bedrock model id.
        requests_per_minute: as `MODEL_REQUESTS_PER_MINUTE`: negative means each model's own quota, 0 none.
    """
    paced = {model: one for model, one in pools(service, settings, requests_per_minute).items() if needed.get(model)}
    alike = _jobs_like(service, owner, settings)
    if not paced:
        return Told(None, seconds_for(images, runs(alike)), 0.0)
    now_ms = _now_ms(service)

    def told(times: Mapping[str, float]) -> float:
        calls = calls_of(settings, times)
        return seconds_left(calls, photos, paced, service.at_once, now_ms, needed=needed)

    queue = max(0, max(one.next_turn_ms(now_ms) for one in paced.values()) - now_ms) / 1000
    measured = _measured(service, alike)
    expected = max(0.0, told(measured) - queue) if measured else None
    return Told(max(0.0, told({}) - queue), expected, queue)


def eta_seconds(service: Service, job: Job, done: Counts, requests_per_minute: float) -> int | None:
    """Return the seconds until the job's last image is finished; None when nothing is known yet or nothing is left to
    do."""
    if job.status.final or done.pending == 0 or job.cancelled_at is not None:
        return None
    paced = pools(service, job.settings, requests_per_minute)
    if not paced:
        return _by_own_speed(service, job, done)
    total = _photos(job)
    photos = -(-done.pending * total // job.image_count)
    times = answer_times.of_job(service.store, job.id, total - photos) if done.succeeded else {}
    if not times:
        times = _measured(service, _jobs_like(service, job.owner, job.settings))
    calls = calls_of(job.settings, times)
    return round(seconds_left(calls, photos, paced, service.at_once, _now_ms(service), job.id, total))


def pools(service: Service, settings: JobSettings, requests_per_minute: float) -> dict[str, Pool]:
    """Return the schedules of the models that a job calls, without those whose quota is not kept to."""
    found = {}
    for model_id in {call.model_id for call in calls_of(settings, {})}:
        quota = catalogue.service(model_id).requests_per_minute if requests_per_minute < 0 else requests_per_minute
        if quota > 0:
            schedules = {}
            for region in service.regions.of_model(model_id):
                schedule = service.find_schedule(model_id, region) or Schedule.of(quota)
                schedules[region] = pacing.expect(schedule, quota, 0) if requests_per_minute > 0 else schedule
            found[model_id] = Pool.of(schedules, _now_ms(service))
    return found


def calls_of(settings: JobSettings, times: Mapping[str, float]) -> list[Call]:
    """Return a photo's calls in order, all its variations', with what each takes. What the built-in cut-out takes is
    not waited for by others, and left out."""
    steps = [
        step for step, _ in catalogue.calls_a_photo(settings.model_id, settings.mode, settings.options.of_any_photo())
    ]
    once = [step for step in steps if step.output is PassOutput.CUT_OUT]
    pictures = [step for step in steps if step.output is PassOutput.PICTURE]
    every = once + pictures * settings.options.variations
    return [Call(step.service_id, times.get(step.service_id, 0.0)) for step in every]


def runs(jobs: Iterable[Job]) -> list[Run]:
    """Return how long finished jobs took."""
    return [
        Run(job.image_count, max(0.0, (clock.parse(job.finished_at) - clock.parse(job.started_at)).total_seconds()))
        for job in jobs
        if job.started_at and job.finished_at
    ]


def seconds_for(images: int, runs: Sequence[Run]) -> float | None:
    """Seconds that a job of so many images will take where no quota sets its pace; None without a job to tell from.

    A job takes a time of its own and then a pace: a straight line through what is known.
    """
    if not runs:
        return None
    sizes = [run.images for run in runs]
    if len(set(sizes)) > 1:
        pace = max(0.0, linear_regression(sizes, [run.seconds for run in runs]).slope)
    else:
        # All of one size: nothing tells the start from the pace.
        pace = median(run.seconds for run in runs) / sizes[0]
    start = max(0.0, fmean(run.seconds - pace * run.images for run in runs))
    return start + pace * images


def _by_own_speed(service: Service, job: Job, done: Counts) -> int | None:
    finished = done.succeeded + done.failed
    if not finished or job.started_at is None:
        return None
    elapsed = (service.now() - clock.parse(job.started_at)).total_seconds()
    return round(elapsed / finished * done.pending)


def _jobs_like(service: Service, owner: str, settings: JobSettings) -> list[Job]:
    """The owner's latest jobs that did the same kind of work to their end: same model, mode, background and aspect."""
    kind = _kind(settings)
    latest, _ = service.jobs.of_owner(owner, LATEST, None, trials=True)
    return [job for job in latest if job.status is JobStatus.SUCCEEDED and _kind(job.settings) == kind]


def _measured(service: Service, jobs: Sequence[Job]) -> dict[str, float]:
    """What images of the latest of these jobs took that tells it."""
    for job in jobs[:_MEASURED_JOBS]:
        if times := answer_times.of_job(service.store, job.id, _photos(job)):
            return times
    return {}


def _photos(job: Job) -> int:
    return job.photo_count or -(-job.image_count // job.settings.options.images)


def _now_ms(service: Service) -> int:
    return round(service.now().timestamp() * 1000)


def _kind(settings: JobSettings) -> tuple[object, ...]:
    options = settings.options
    painted = sum(scene.generates for scene in options.by_scene())
    how = (
        options.calls_models,
        painted,
        len(options.scenes),
        options.spread,
        options.mask_source,
        options.output.aspect,
    )
    return settings.model_id, settings.mode, *how
