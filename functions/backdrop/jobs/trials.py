"""Trials: one photo made with the settings of a job to be, before the others are, and never paid for twice.

The job that is then started names its trial. Its manifest says for the trial's photo where the trial's answers lie;
StagePayload takes over those to the very same requests.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User
from backdrop.core.words.marks import phrase
from backdrop.jobs import queries
from backdrop.jobs.model import Job, JobSettings, PhotoRow
from backdrop.jobs.ports import DraftStore, JobStore
from backdrop.models import registry
from backdrop.models.base import PassOutput
from backdrop.models.plan import plan


@dataclass(frozen=True)
class Trial:
    """A trial's job and its photo as it is recorded there."""

    job: Job
    photo: PhotoRow

    @property
    def answers_at(self) -> str:
        """Where its answers' keys begin."""
        assert self.photo.source_key is not None
        name = keys.relative_name(self.job.prefixes.input, self.photo.source_key)
        return keys.answers_at(self.job.prefixes.output, name)

    def shows(self, photo: PhotoRow) -> bool:
        """Whether it was made of this very photo, wherever that came from: its bytes are the same."""
        return (
            photo.facts is not None and self.photo.facts is not None and photo.facts.sha256 == self.photo.facts.sha256
        )


def answered(
    trial: Trial,
    photo: PhotoRow,
    settings: JobSettings,
    seeds: Sequence[int],
    labels: Sequence[str],
    own_prompt: str | None = None,
) -> Counter[str]:
    """Calls by Bedrock model id that a job need not make for a photo, because its trial did. Rather too few than too
    many: what the job really asks for is known only when StagePayload writes it.

    Args:
        trial: shows this photo.
        photo: of the job.
        settings: the job's.
        seeds: of the photo's images in the job.
        labels: names of those that the job keeps.
        own_prompt: words of the photo's own in the job.
    """
    assert photo.facts is not None
    recorded = [str(one["ModelId"]) for one in json.loads(trial.photo.outcome.passes or "[]")]
    steps = plan(
        registry.get(settings.model_id),
        settings.mode,
        settings.options,
        photo_size=(photo.facts.width, photo.facts.height),
        own_mask=photo.mask_sha256 is not None,
    )
    same = (
        _wording(settings, own_prompt) == _wording(trial.job.settings, trial.photo.prompt)
        and trial.job.settings.seed in seeds
        and photo.mask_sha256 == trial.photo.mask_sha256
        and photo.own_labels == trial.photo.own_labels
        and ",".join(labels) == (trial.photo.outcome.labels_kept or "")
    )
    found: Counter[str] = Counter()
    for step, made in zip(steps, recorded, strict=False):
        # A cut-out is asked for with nothing but the photo.
        if step.service_id != made or not (same or step.output is PassOutput.CUT_OUT):
            break
        if not step.built_in:
            found[made] += 1
    return found


def _wording(settings: JobSettings, own_prompt: str | None) -> JobSettings:
    """All that one picture depends on besides its seed."""
    prompt = settings.prompt if own_prompt is None else own_prompt
    return replace(settings, prompt=prompt, seed=0, options=settings.options.of_one_picture())


def check_size(trial: bool, photos: int) -> None:
    """Refuse a trial of anything but one photo: nobody is mailed about it, so it must not be a batch.

    Raises:
        BackdropError: `INVALID_REQUEST`.
    """
    if trial and photos != 1:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            phrase("trial: a trial is made of one photo; this draft has {photos:,}.", photos=photos),
            phrase("Make a draft of the one photo (POST /drafts/{id}/copies), or submit without `trial`."),
        )


def find(jobs: JobStore, store: DraftStore, user: User, job_id: str | None) -> Trial | None:
    """The user's trial of that id. None without an id, or when nothing is known of its photo any more.

    Raises:
        BackdropError: `NOT_FOUND`, also when it is somebody else's; `INVALID_REQUEST` when the job is no trial.
    """
    if job_id is None:
        return None
    job = queries.find_job(jobs, user, job_id, Action.REUSE)
    if not job.trial:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            phrase("trialJobId: the job {job_id} is no trial.", job_id=job_id),
            phrase("Name a job that was submitted with `trial`, or none."),
        )
    known = [row for row in store.photos(job.id) if queries.is_submitted(row) and row.facts and row.source_key]
    return Trial(job, known[0]) if known else None
