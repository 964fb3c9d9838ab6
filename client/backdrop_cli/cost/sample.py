"""The public sample of this design, counted in the same way: what is paid there beside the model, for a photo.

https://github.com/aws-samples/automate-image-processing-with-amazon-bedrock (commit e6743e2): a request is built, the
model invoked, the answer parsed, the outcome put into a table. It waits for no quota, composites nothing, looks at no
cancellation, and calls no model that AWS still serves.
"""

from __future__ import annotations

from backdrop_cli.cost.usage import SECONDS, Uses

PAGE = "https://github.com/aws-samples/automate-image-processing-with-amazon-bedrock"

_STATES_OF_A_PHOTO = ("Build Bedrock Request", "Bedrock InvokeModel", "Parse Bedrock Response", "Update Status")
_STATES_OF_A_JOB = ("Map", "Generate Status Report", "Send Email")
_GB = 512 / 1024
"""Memory of its two functions. Their seconds are taken to be those of ours that do the like."""


def orchestration_of_sample(photos: int) -> Uses:
    """Return its state transitions, invocations and GB-seconds (x86_64) for one job of so many photos."""
    seconds = SECONDS["StagePayloadFunction"] + SECONDS["DecodeResultFunction"]
    return Uses(
        transitions=photos * len(_STATES_OF_A_PHOTO) + len(_STATES_OF_A_JOB),
        invocations=2 * photos + 2,
        gbSecondsX86=photos * seconds * _GB,
    )
