"""Numbers that bound what Backdrop takes, each with its source. A model's own limits are in its adapter."""

from __future__ import annotations

from backdrop.core.words.marks import mark_phrase

MIB = 1024 * 1024

MAX_PHOTOS_PER_JOB = 10_000
"""Ours. A manifest line is a few KB at most, so the manifest stays small; Step Functions reads far larger ones."""

MAX_PHOTOS_PER_REQUEST = 100
"""Ours: an API call registers at most this many photos (answer under Lambda's 6 MB)."""

MAX_UPLOAD_BYTES = 50 * MIB
"""Ours: bound into each presigned POST by `content-length-range`."""

MAX_MASK_BYTES = 20 * MIB
"""Ours: bound into each presigned POST of a mask."""

MAX_BACKDROPS = 100
MAX_SHARED_BACKDROPS = 200
"""Ours: of one user. All are listed at once."""

MAX_SAVED_SETTINGS = 100
"""Ours: of one user, and of one team. All are listed at once."""

BACKDROP_SIDE = 6000
"""Ours: pixels, longest side of a backdrop as it is kept: a finished picture of 36 megapixels shows all of it."""

MASK_EDIT_SIDE = 1280
"""Ours: pixels, longest side of a mask that is shown or put right. What compositing makes of it follows the photo's
edges at full size, and a stroke on it is answered within a second."""

MAX_PROFILE_BYTES = 16 * MIB
"""Ours: a photo's colour profile or XMP, unpacked. Cameras write some hundred bytes, profiles of printers have up to
4 MB, and a JPEG can't hold more than this."""

MIN_SIDE = 80
"""Pixels. Rekognition needs 80 to 10,000 px a side (https://docs.aws.amazon.com/rekognition/latest/dg/limits.html);
the Stability services need 64 (https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html)."""

MAX_SIDE = 16_384
"""Pixels. Ours: JPEG allows 65,535, WebP 16,383; beyond this no camera makes photos."""

MAX_PIXELS = 50_000_000
"""Ours: full-resolution compositing stays under the functions' memory at this size."""

MAX_JPEG_SCANS = 200
"""Ours: passes in which a JPEG is saved. Programs make 1 to 12; others stop at 500
(https://github.com/NVIDIA/DALI/pull/5316)."""

MAX_JPEG_SCAN_PIXELS = 2_500_000_000
"""Ours: the scans of a JPEG times its pixels, as each scan goes over all of them: 50 at 50 megapixels, where one that
changes nothing takes 35 ms."""

MAX_ASPECT = 2.5
"""Longer side by shorter side: the Stability services take 1:2.5 to 2.5:1 (the page at `MIN_SIDE`)."""

MAX_NAME_CHARACTERS = 255
"""File systems allow 255."""

MAX_LABEL_CHARACTERS = 60
"""Ours: of a label that a person writes. Rekognition's are shorter."""

MAX_LABELS = 40
"""Ours: of one photo, corrected by a person. Rekognition finds 20 at most (`aws/labels.py`)."""

MAX_LABEL_BOXES = 200
"""Ours: of all of a photo's corrected labels: its line of the manifest, some 10 KB then, must fit into a state."""

MAX_PATH_CHARACTERS = 1024
"""Ours, of a photo's name with its folders: what S3 allows a key, and four times what Windows allows a path."""

MIN_OUTPUT_SIDE = 16
"""Ours, pixels of a finished image's side."""

CONTENT_TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/avif": "avif",
    "image/tiff": "tif",
}
"""What may be uploaded, with the extension its key gets."""

TYPE_OF_ENDING = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpe": "image/jpeg",
    "jfif": "image/jpeg",
    # Two JPEG files in one, of stereo cameras and some phones: the first is the photo.
    "mpo": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heic",
    "hif": "image/heic",
    "avif": "image/avif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}
"""What a file is uploaded as by its name's ending in lower case. What it is, its bytes say in the end."""

PHOTO_FORMATS = mark_phrase("JPEG, PNG, WebP, HEIC, AVIF or TIFF")
"""The same for people."""

PREVIEW_SIDE = 1568
"""Pixels, longest side of the preview that Rekognition and the web app see."""

MAX_OWN_WORDS = 300_000
"""Ours: characters of all different prompts that photos of one job have of their own: a guardrail reads them in some
15 seconds, within the 29 that an answer may take."""

PICTURES_OF_JOB = 4
"""Pictures that a job is recognised by in a list."""

THUMBNAIL_SIDE = 480
"""Pixels, longest side of the thumbnails in grids: 240 wide on a screen of two pixels to one."""

UPLOAD_EXPIRY_SECONDS = 3600
DOWNLOAD_EXPIRY_SECONDS = 900

MAX_REQUEST_BYTES = 25_000_000
"""InvokeModel takes and answers at most 25,000,000 bytes, `body` at
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html"""

LARGEST_FUNCTION_MB = 3008
"""The most that a function of the stack may have: Lambda holds new accounts to it, and one function that asks for more
rolls back the whole stack. Lambda's documentation has no number; its refusals do (https://github.com/awslabs/genai-bedrock-agent-chatbot/issues/4)."""

IMAGES_AT_ONCE = 40
"""Ours: images of one job under way at once, the default of the stack's MapMaxConcurrency."""

DRAFT_DAYS = 7
"""Days until an unsubmitted draft's rows go. Its photos go by the bucket's lifecycle, later (template.yaml)."""

DRAFT_TAG = "backdrop=draft"
"""On the files of a draft; StagePayload takes it off when a job begins with the photo."""

PAYLOAD_TAG = "backdrop=payload"
"""On staged requests."""

ANSWER_TAG = "backdrop=answer"
"""On answers that later jobs may use again, and on what says where they lie. These tags are what the bucket's lifecycle
rules look for (template.yaml)."""
