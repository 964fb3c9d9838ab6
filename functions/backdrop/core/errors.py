"""Every way Backdrop can fail, in one table: code, HTTP status, and what the reader can do next.

An error raised here crosses three borders: HTTP (`http_status`), Step Functions (the class name is the
`Error` of a state, the text its `Cause`) and the report. `explain` is the way back from a Step Functions
`Error`/`Cause` pair to words.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import NamedTuple

from backdrop.core.words.marks import mark_phrase


class ErrorCode(StrEnum):
    """Closed list of codes; people and programs may rely on them."""

    # The request
    INVALID_REQUEST = "INVALID_REQUEST"
    NOT_FOUND = "NOT_FOUND"
    READ_ONLY = "READ_ONLY"
    ROLE_FORBIDS = "ROLE_FORBIDS"
    NOT_SHARED = "NOT_SHARED"
    TEAM_UNKNOWN = "TEAM_UNKNOWN"
    NO_PHOTOS = "NO_PHOTOS"
    TOO_MANY_PHOTOS = "TOO_MANY_PHOTOS"
    ALREADY_SUBMITTED = "ALREADY_SUBMITTED"
    PROMPT_EMPTY = "PROMPT_EMPTY"
    PROMPT_TOO_LONG = "PROMPT_TOO_LONG"
    NEGATIVE_PROMPT_TOO_LONG = "NEGATIVE_PROMPT_TOO_LONG"
    MODE_NOT_SUPPORTED = "MODE_NOT_SUPPORTED"
    MODEL_UNKNOWN = "MODEL_UNKNOWN"
    MODEL_RETIRED = "MODEL_RETIRED"
    SEED_OUT_OF_RANGE = "SEED_OUT_OF_RANGE"
    NO_LABELS_KEPT = "NO_LABELS_KEPT"
    LABEL_UNKNOWN = "LABEL_UNKNOWN"
    LABELS_INVALID = "LABELS_INVALID"
    NAME_INVALID = "NAME_INVALID"
    OPTIONS_INVALID = "OPTIONS_INVALID"
    OPTION_NOT_SUPPORTED = "OPTION_NOT_SUPPORTED"
    MASK_INVALID = "MASK_INVALID"
    MAIL_REFUSED = "MAIL_REFUSED"
    NAME_TAKEN = "NAME_TAKEN"
    SETTINGS_CHANGED = "SETTINGS_CHANGED"
    # The photo
    PHOTO_MISSING = "PHOTO_MISSING"
    PHOTO_EMPTY = "PHOTO_EMPTY"
    PHOTO_TOO_LARGE = "PHOTO_TOO_LARGE"
    PHOTO_TOO_MANY_PIXELS = "PHOTO_TOO_MANY_PIXELS"
    PHOTO_TOO_MANY_SCANS = "PHOTO_TOO_MANY_SCANS"
    PHOTO_TOO_SMALL = "PHOTO_TOO_SMALL"
    PHOTO_TOO_NARROW = "PHOTO_TOO_NARROW"
    PHOTO_NOT_AN_IMAGE = "PHOTO_NOT_AN_IMAGE"
    PHOTO_FORMAT_UNSUPPORTED = "PHOTO_FORMAT_UNSUPPORTED"
    PHOTO_TRUNCATED = "PHOTO_TRUNCATED"
    PHOTO_ANIMATED = "PHOTO_ANIMATED"
    PHOTO_INVISIBLE = "PHOTO_INVISIBLE"
    PHOTO_CMYK_WITHOUT_PROFILE = "PHOTO_CMYK_WITHOUT_PROFILE"
    PHOTO_CMYK_WITH_OTHER_PROFILE = "PHOTO_CMYK_WITH_OTHER_PROFILE"
    PHOTO_CHANGED = "PHOTO_CHANGED"
    # The model
    MODEL_REFUSED_PROMPT = "MODEL_REFUSED_PROMPT"
    MODEL_REFUSED_INPUT_IMAGE = "MODEL_REFUSED_INPUT_IMAGE"
    MODEL_REFUSED_OUTPUT_IMAGE = "MODEL_REFUSED_OUTPUT_IMAGE"
    PICTURE_FAILED = "PICTURE_FAILED"
    MODEL_FAILED = "MODEL_FAILED"
    MODEL_REQUEST_INVALID = "MODEL_REQUEST_INVALID"
    MODEL_ACCESS_DENIED = "MODEL_ACCESS_DENIED"
    MODEL_NOT_SERVED = "MODEL_NOT_SERVED"
    MODEL_QUOTA_EXCEEDED = "MODEL_QUOTA_EXCEEDED"
    MODEL_THROTTLED = "MODEL_THROTTLED"
    MODEL_TIMED_OUT = "MODEL_TIMED_OUT"
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    RESPONSE_INVALID = "RESPONSE_INVALID"
    SUBJECT_NOT_FOUND = "SUBJECT_NOT_FOUND"
    LABELS_NOT_LOCATED = "LABELS_NOT_LOCATED"
    ANSWER_NOT_KEPT = "ANSWER_NOT_KEPT"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    # What is allowed
    SPENDING_LIMIT = "SPENDING_LIMIT"
    PROMPT_BLOCKED = "PROMPT_BLOCKED"
    MODERATION_BLOCKED = "MODERATION_BLOCKED"
    MODERATION_UNAVAILABLE = "MODERATION_UNAVAILABLE"
    # The system
    OUTCOME_NOT_RECORDED = "OUTCOME_NOT_RECORDED"
    MANIFEST_UNREADABLE = "MANIFEST_UNREADABLE"
    RESULTS_NOT_LISTED = "RESULTS_NOT_LISTED"
    STATE_TOO_LARGE = "STATE_TOO_LARGE"
    TOO_MANY_FAILED = "TOO_MANY_FAILED"
    STORAGE_ERROR = "STORAGE_ERROR"
    LABELS_UNAVAILABLE = "LABELS_UNAVAILABLE"
    SIGNING_FAILED = "SIGNING_FAILED"
    JOB_INPUT_INVALID = "JOB_INPUT_INVALID"
    JOB_NOT_STARTED = "JOB_NOT_STARTED"
    RUN_STOPPED = "RUN_STOPPED"
    RUN_BROKE = "RUN_BROKE"
    JOB_CANCELLED = "JOB_CANCELLED"
    JOB_ENDED = "JOB_ENDED"
    IMAGE_NOT_FINISHED = "IMAGE_NOT_FINISHED"
    INTERNAL = "INTERNAL"


C = ErrorCode

_RETRY_LATER = mark_phrase("Run the failed images again later; nothing that was paid for is lost.")
_QUOTA_LATER = mark_phrase(
    "Run the failed images again later; nothing that was paid for is lost. If they are throttled "
    "again, ask the platform engineer to check the account's Bedrock quotas."
)
_STORAGE_LATER = mark_phrase(
    "Try again in a minute, or run the failed images again; nothing that was paid for is lost."
)
_OTHER_FILE = mark_phrase("Export the photo again as JPEG, PNG or WebP and upload that file.")
_MANIFEST = mark_phrase(
    "Images that are done stay; the others fail again until the job's manifest can be read: ask "
    "the platform engineer to check that it holds one JSON object a line and that the workflow's "
    "role may read it."
)
_LIST_OF_RESULTS = mark_phrase(
    "Nothing has to be made again: images that are done are in place. Ask the platform engineer "
    "whether the workflow's role may write under the bucket's status prefix."
)
_OTHER_LABELS = mark_phrase(
    "Name labels that Rekognition finds in the photo, say where they are, give the photo a mask, "
    "or let UnlocatedLabels be FLAG: the whole product is kept then, and flagged."
)
_PAINT_ANEW = mark_phrase(
    "Have the pictures made anew: run the earlier job again (`backdrop retry ITS_ID --all`, or "
    "Duplicate on its page). That is a new job, which is paid for."
)
_NOT_STARTED = mark_phrase(
    "Nothing was paid for. Tell the people who run Backdrop: they have it in a queue, and can "
    "start it yet (docs/deploy.md)."
)
_RUN_AGAIN = mark_phrase(
    "Run the images that are missing again as a new job; those that are done stay. If you do not "
    "know why it happened, tell the people who run Backdrop."
)
_LESS = mark_phrase(
    "Make fewer images, wait until the day or the month is over, or ask the platform engineer to "
    "raise the limit (docs/deploy.md, Spending limits). What was answered is kept, and not paid "
    "for again."
)
_TELL_OPS = mark_phrase("Tell the people who run Backdrop; the execution's history in Step Functions has the details.")

# code -> (HTTP status, next step)
_TABLE: dict[ErrorCode, tuple[int, str]] = {
    C.INVALID_REQUEST: (400, mark_phrase("Correct the field that is named and send the request again.")),
    C.NOT_FOUND: (404, mark_phrase("Check the address; it may belong to somebody else or have expired.")),
    C.READ_ONLY: (403, mark_phrase(
        "Sign in with an account that is no auditor's, or ask whoever runs Backdrop "
        "to do it."
    )),
    C.ROLE_FORBIDS: (403, mark_phrase("Ask somebody of the team to do it, or whoever runs Backdrop for another role.")),
    C.NOT_SHARED: (403, mark_phrase("Ask who started it to share it with a team of yours.")),
    C.TEAM_UNKNOWN: (400, mark_phrase("Keep the job private, or ask whoever runs Backdrop to take you into the team.")),
    C.NO_PHOTOS: (400, mark_phrase("Upload at least one good photo first.")),
    C.TOO_MANY_PHOTOS: (400, mark_phrase("Split the photos into several jobs.")),
    C.ALREADY_SUBMITTED: (409, mark_phrase("Start a new job for more photos.")),
    C.PROMPT_EMPTY: (400, mark_phrase(
        "Describe the new background in a few words, or choose a transparent or a "
        "plain one."
    )),
    C.PROMPT_TOO_LONG: (400, mark_phrase("Shorten the prompt.")),
    C.NEGATIVE_PROMPT_TOO_LONG: (400, mark_phrase("Shorten the negative prompt.")),
    C.MODE_NOT_SUPPORTED: (400, mark_phrase("Choose the other mode or another model.")),
    C.MODEL_UNKNOWN: (400, mark_phrase("Choose one of the models that are named.")),
    C.MODEL_RETIRED: (400, mark_phrase("Choose one of the models that are named.")),
    C.SEED_OUT_OF_RANGE: (400, mark_phrase("Choose a seed in the range that is named, or none.")),
    C.NO_LABELS_KEPT: (400, mark_phrase("Keep at least one label of each photo, or remove the photo from the job.")),
    C.LABEL_UNKNOWN: (400, mark_phrase("Keep only labels that were found in the photo.")),
    C.LABELS_INVALID: (400, mark_phrase("Change the word or the box, then save them again.")),
    C.NAME_INVALID: (400, mark_phrase(
        "Name the file with at most 255 characters, with its folders 1,024, none of "
        "them control."
    )),
    C.OPTIONS_INVALID: (400, mark_phrase("Correct the option that is named and send the request again.")),
    C.OPTION_NOT_SUPPORTED: (400, mark_phrase("Leave the option out, or choose a model that has it.")),
    C.MASK_INVALID: (400, mark_phrase("Upload a black and white PNG of the photo's shape: white is the product.")),
    C.MAIL_REFUSED: (409, mark_phrase("Ask whoever runs Backdrop.")),
    C.NAME_TAKEN: (409, mark_phrase("Take another name, or save over what has this one.")),
    C.SETTINGS_CHANGED: (409, mark_phrase("Choose them again to have them as they are now, or go on without them.")),
    C.PHOTO_MISSING: (409, mark_phrase("Upload the photo again.")),
    C.PHOTO_EMPTY: (400, mark_phrase("The file has no content: copy it from the camera again and upload it.")),
    C.PHOTO_TOO_LARGE: (400, mark_phrase("Save the photo with a lower JPEG quality or fewer pixels.")),
    C.PHOTO_TOO_MANY_PIXELS: (400, mark_phrase("Scale the photo down and upload it again.")),
    C.PHOTO_TOO_MANY_SCANS: (400, mark_phrase(
        "Save the photo again as an ordinary JPEG or as PNG and upload that "
        "file."
    )),
    C.PHOTO_TOO_SMALL: (400, mark_phrase("Use a larger version of the photo.")),
    C.PHOTO_TOO_NARROW: (400, mark_phrase("Crop the photo to a shape between 1:2.5 and 2.5:1.")),
    C.PHOTO_NOT_AN_IMAGE: (400, _OTHER_FILE),
    C.PHOTO_FORMAT_UNSUPPORTED: (400, _OTHER_FILE),
    C.PHOTO_TRUNCATED: (400, mark_phrase("The file is damaged: copy it from the camera again and upload it.")),
    C.PHOTO_ANIMATED: (400, mark_phrase("Export a single frame as JPEG or PNG and upload that.")),
    C.PHOTO_INVISIBLE: (400, mark_phrase("Export the photo again with its product visible, and upload that.")),
    C.PHOTO_CMYK_WITHOUT_PROFILE: (400, mark_phrase(
        "Export the photo as sRGB; without a colour profile its colours are a "
        "guess."
    )),
    C.PHOTO_CMYK_WITH_OTHER_PROFILE: (400, mark_phrase(
        "Export the photo as sRGB, or with the CMYK profile of its "
        "inks."
    )),
    C.PHOTO_CHANGED: (409, mark_phrase("Upload the photo again; it is not the file that was checked.")),
    C.MODEL_REFUSED_PROMPT: (422, mark_phrase("Describe the background in other words.")),
    C.MODEL_REFUSED_INPUT_IMAGE: (422, mark_phrase(
        "The content filter refuses this photo: leave it out or try another "
        "model."
    )),
    C.MODEL_REFUSED_OUTPUT_IMAGE: (422, mark_phrase(
        "Run it again: it takes another seed by itself. Or use other "
        "words."
    )),
    C.PICTURE_FAILED: (422, mark_phrase(
        "See why that image failed, and run it again: all files of the picture are "
        "made then."
    )),
    C.MODEL_FAILED: (502, _RETRY_LATER),
    C.MODEL_REQUEST_INVALID: (502, _TELL_OPS),
    C.MODEL_ACCESS_DENIED: (409, mark_phrase("Ask the platform engineer to grant model access (docs/deploy.md).")),
    C.MODEL_NOT_SERVED: (409, mark_phrase("Choose a model that is still served: `backdrop models` lists them.")),
    C.MODEL_QUOTA_EXCEEDED: (502, mark_phrase("Ask the platform engineer to check the account's Bedrock quotas.")),
    C.MODEL_THROTTLED: (503, _QUOTA_LATER),
    C.MODEL_TIMED_OUT: (504, _RETRY_LATER),
    C.MODEL_UNAVAILABLE: (503, _RETRY_LATER),
    C.RESPONSE_INVALID: (502, _RETRY_LATER),
    C.SUBJECT_NOT_FOUND: (422, mark_phrase(
        "Keep other labels, or photograph the product clearly in front of its "
        "background."
    )),
    C.LABELS_NOT_LOCATED: (422, _OTHER_LABELS),
    C.ANSWER_NOT_KEPT: (409, _PAINT_ANEW),
    C.REQUEST_TOO_LARGE: (400, mark_phrase("Scale the photo down and upload it again.")),
    C.SPENDING_LIMIT: (409, _LESS),
    C.PROMPT_BLOCKED: (400, mark_phrase("Describe the background in other words, without what is named.")),
    C.MODERATION_BLOCKED: (422, mark_phrase(
        "Take another photo, other words or another seed. ModerationCategories sets "
        "the rule."
    )),
    C.MODERATION_UNAVAILABLE: (503, mark_phrase(
        "Try again later; if it stays so, ask the platform engineer "
        "(docs/moderation.md)."
    )),
    C.OUTCOME_NOT_RECORDED: (500, _TELL_OPS),
    C.MANIFEST_UNREADABLE: (500, _MANIFEST),
    C.RESULTS_NOT_LISTED: (500, _LIST_OF_RESULTS),
    C.STATE_TOO_LARGE: (400, mark_phrase(
        "Run it again with a shorter prompt or fewer labels; else ask the platform "
        "engineer."
    )),
    C.TOO_MANY_FAILED: (500, mark_phrase(
        "Follow the step named with each image that failed, then run those that are "
        "left again."
    )),
    C.STORAGE_ERROR: (503, _STORAGE_LATER),
    C.LABELS_UNAVAILABLE: (503, mark_phrase("Try again later, or go on without labels: the whole product is kept.")),
    C.SIGNING_FAILED: (500, mark_phrase(
        "Ask the platform engineer to check the signing secret "
        "(docs/credentials.md)."
    )),
    C.JOB_INPUT_INVALID: (400, mark_phrase("Correct the execution's input and start it again.")),
    C.JOB_NOT_STARTED: (500, _NOT_STARTED),
    C.RUN_STOPPED: (500, _RUN_AGAIN),
    C.RUN_BROKE: (500, _RUN_AGAIN),
    C.JOB_CANCELLED: (409, mark_phrase("Run the images that were left as a new job, or duplicate the whole job.")),
    C.IMAGE_NOT_FINISHED: (409, mark_phrase("Wait until the image is done; one that failed can be run again.")),
    C.JOB_ENDED: (409, mark_phrase("Look at the results: there is nothing left to cancel.")),
    C.INTERNAL: (500, mark_phrase("Try again; if it happens twice, tell the people who run Backdrop.")),
}  # fmt: skip


class BackdropError(Exception):
    """A failure with a code a program can act on and words a person can act on.

    Args:
        code: one of `ErrorCode`.
        cause: what happened, with the values that matter (names, limits), no secrets.
        next_step: what the reader can do; the table's text for the code when not given.
    """

    def __init__(self, code: ErrorCode, cause: str, next_step: str | None = None) -> None:
        super().__init__(f"{code}: {cause}")
        self.code = code
        self.cause = cause
        self.next_step = next_step or next_step_of(code)

    @property
    def http_status(self) -> int:
        """The HTTP status that the API answers with."""
        return _TABLE[self.code][0]


class PhotoRefused(BackdropError):
    """The photo itself can't be used; no other photo is affected. ASL `Error`: `PhotoRefused`."""


class ModelRefused(BackdropError):
    """The model answered and declined (content filter). ASL `Error`: `ModelRefused`. Not retried."""


class ResponseInvalid(BackdropError):
    """The model's answer can't be used. ASL `Error`: `ResponseInvalid`. Not retried."""


class PromptBlocked(BackdropError):
    """The prompt is against the stack's policy. Nothing was paid. ASL `Error`: `PromptBlocked`."""


class ModerationBlocked(BackdropError):
    """The picture is against the stack's policy and is never delivered. ASL `Error`: `ModerationBlocked`."""


class ModerationUnavailable(BackdropError):
    """The policy could not be asked, so nothing passes. ASL `Error`: `ModerationUnavailable`. Worth a retry."""


class LabelsUnavailable(BackdropError):
    """Rekognition can't label the photo just now. ASL `Error`: `LabelsUnavailable`. Worth a retry."""


class StorageUnavailable(BackdropError):
    """Bucket or table are too busy or don't answer. ASL `Error`: `StorageUnavailable`. Worth a retry."""


class SpendingLimit(BackdropError):
    """What would be paid goes beyond a limit; it was not. ASL `Error`: `SpendingLimit`. Not retried."""


class TooManyAttempts(BackdropError):
    """A model call failed too often, or was throttled too long. ASL `Error`: `TooManyAttempts`."""


class SigningFailed(BackdropError):
    """A finished image was promised content credentials and could not get them. ASL `Error`: `SigningFailed`."""


class SigningUnavailable(SigningFailed):
    """The signing secret could not be read just now. ASL `Error`: `SigningUnavailable`. Worth a retry."""


class JobInputInvalid(BackdropError):
    """An execution was started with an input that makes no job. ASL `Error`: `JobInputInvalid`."""


class Failure(NamedTuple):
    """A failure in words, as the API, the report and the mail show it."""

    code: ErrorCode
    cause: str
    next_step: str


def next_step_of(code: ErrorCode) -> str:
    """The table's advice for a code."""
    return _TABLE[code][1]


# Step Functions error names that are not ours. AWS lists none for bedrock:invokeModel
# (https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html): they are `Bedrock.` and an exception of
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html, as four of them were seen in
# practice. The others are from https://states-language.net/spec.html and, for a Distributed Map as a whole, from
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_FOREIGN: dict[str, ErrorCode] = {
    "Bedrock.ThrottlingException": C.MODEL_THROTTLED,
    "Bedrock.ModelNotReadyException": C.MODEL_UNAVAILABLE,
    "Bedrock.ServiceUnavailableException": C.MODEL_UNAVAILABLE,
    "Bedrock.InternalServerException": C.MODEL_UNAVAILABLE,
    # No connection, or one that broke: the call may have been answered all the same.
    "Bedrock.SdkClientException": C.MODEL_UNAVAILABLE,
    "Bedrock.ModelTimeoutException": C.MODEL_TIMED_OUT,
    "Bedrock.ModelErrorException": C.MODEL_FAILED,
    "Bedrock.ServiceQuotaExceededException": C.MODEL_QUOTA_EXCEEDED,
    "Bedrock.ValidationException": C.MODEL_REQUEST_INVALID,
    "Bedrock.AccessDeniedException": C.MODEL_ACCESS_DENIED,
    "Bedrock.ResourceNotFoundException": C.MODEL_NOT_SERVED,
    "States.Timeout": C.MODEL_TIMED_OUT,
    "States.ItemReaderFailed": C.MANIFEST_UNREADABLE,
    "States.ResultWriterFailed": C.RESULTS_NOT_LISTED,
    "States.DataLimitExceeded": C.STATE_TOO_LARGE,
    "States.ExceedToleratedFailureThreshold": C.TOO_MANY_FAILED,
}


FUNCTION_DIED = frozenset({"Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError"})
"""Names of a function's end by another hand than its own: over its time, out of memory, its machine gone. What it did
until then stays. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html,
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"""


def code_of(error: str) -> ErrorCode:
    """The code for a foreign Step Functions error name; `INTERNAL` for one we do not know."""
    if error in _FOREIGN:
        return _FOREIGN[error]
    if error.startswith(("S3.", "DynamoDB.")):
        return C.STORAGE_ERROR
    return C.INTERNAL


def explain(error: str, cause: str) -> Failure:
    """Turn a Step Functions `Error`/`Cause` pair into words.

    A failed Lambda task has a JSON `Cause` (`errorMessage`, `errorType`, `stackTrace`); our own errors start
    their message with their code. Anything else is shown as it is, without its stack trace.
    """
    text = cause or ""
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if isinstance(body, dict):
        text = str(body.get("errorMessage") or body.get("Message") or text)
    head, separator, rest = text.partition(": ")
    if separator and head in ErrorCode.__members__:
        code = ErrorCode(head)
        return Failure(code, rest, next_step_of(code))
    code = code_of(error)
    return Failure(code, f"{error}: {text}" if text else error, next_step_of(code))
