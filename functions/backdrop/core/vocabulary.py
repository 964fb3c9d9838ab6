"""Words that everything uses: modes and states. A module of its own, so that a cold start loads no more for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

Box = tuple[float, float, float, float]
"""left, top, width, height as shares (0..1) of the upright image."""

Generator = Literal["trained-model", "local-renderer", "backdrop", "none"]
"""What a background is from."""


class Doubt(NamedTuple):
    """How far a cut-out is to be doubted, by who made it.

    Attributes:
        measured: 0 (none) to 1.
        box: around the most doubtful place; None where there is none.
    """

    measured: float
    box: Box | None


class Mode(StrEnum):
    """How the subject is treated. `PRECISE`: the photo's own subject pixels ship. `DEFAULT`: the model may blend."""

    PRECISE = "PRECISE"
    DEFAULT = "DEFAULT"


class MaskOrigin(StrEnum):
    """Where an image's mask is from: the photo's own transparency, a file that came with it, somebody's hand in the
    mask editor, or a cut-out's answer."""

    PHOTO = "Photo"
    UPLOAD = "Upload"
    EDITED = "Edited"
    CUT_OUT = "CutOut"


class FileMatch(StrEnum):
    """What a file is to an image that it is said to be: the very file that was written, another than that, or the photo
    that the image was made from."""

    SAME = "SAME"
    CHANGED = "CHANGED"
    PHOTO = "PHOTO"


class Role(StrEnum):
    """What somebody is beside a user who sees and changes what is their own: the name of a group of the user pool.

    `auditors` read all jobs of the stack and change nothing, nothing of their own either. `reviewers` look at their
    teams' jobs and judge the images, and start and cancel none. `ops` see and cancel every job (`core.people`). Of
    several the first here counts.
    """

    AUDITOR = "auditors"
    REVIEWER = "reviewers"
    OPS = "ops"


class LabelSource(StrEnum):
    """Who said what is in a photo, or where."""

    REKOGNITION = "Rekognition"
    PERSON = "Person"


class MailState(StrEnum):
    """Whether somebody is mailed when a job of theirs ends. `ASKED`: once the address has confirmed; `ALL`: the address
    is the stack's own, and gets the mails of all jobs."""

    OFF = "OFF"
    ASKED = "ASKED"
    ON = "ON"
    ALL = "ALL"


class JobStatus(StrEnum):
    """`Submitted` -> `Running` -> one of the others. `Cancelled`: at least one image was left out on request."""

    SUBMITTED = "Submitted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    PARTLY_FAILED = "PartlyFailed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    @property
    def final(self) -> bool:
        """True when nothing more will happen to the job."""
        return self not in {JobStatus.SUBMITTED, JobStatus.RUNNING}


class ImageStatus(StrEnum):
    """Where an image is: `Uploading` -> `Ready` | `Refused`; `Ready` -> (submitted) -> `Succeeded` | `Failed`.

    `Queued` is what people see of a `Ready` photo whose draft was submitted. It is not stored: writing it
    would cost one update per photo at the moment a person waits for the answer.
    """

    UPLOADING = "Uploading"
    READY = "Ready"
    REFUSED = "Refused"
    QUEUED = "Queued"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


class Verdict(StrEnum):
    """What a person thinks of a finished image."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class AccessState(StrEnum):
    """What an account can do with a model, the worst first."""

    NOT_FOUND = "NOT_FOUND"
    NOT_AVAILABLE_IN_REGION = "NOT_AVAILABLE_IN_REGION"
    NOT_AUTHORIZED = "NOT_AUTHORIZED"
    AGREEMENT_NEEDED = "AGREEMENT_NEEDED"
    UNKNOWN = "UNKNOWN"
    ACCESSIBLE = "ACCESSIBLE"
