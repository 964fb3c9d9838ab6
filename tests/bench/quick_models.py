"""Image models that answer at once: `python -m tests.bench.quick_models` serves on their port.

How the workflow keeps quotas and meets errors is measured without painting: a cut-out is an ellipse, a painted picture
one colour, each as large as the picture that was sent. Everything else is what `localcloud.models` answers.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw

from localcloud.models import registry
from localcloud.models.__main__ import main
from tests.bench import quick_labels


@lru_cache(maxsize=32)
def _answer(cut_out: bool, size: tuple[int, int]) -> bytes:
    picture = Image.new("RGBA" if cut_out else "RGB", size, "beige")
    if cut_out:
        alpha = Image.new("L", size, 0)
        ImageDraw.Draw(alpha).ellipse((size[0] // 5, size[1] // 5, size[0] * 4 // 5, size[1] * 4 // 5), fill=255)
        picture.putalpha(alpha)
    out = io.BytesIO()
    picture.save(out, "PNG")
    image = base64.b64encode(out.getvalue()).decode()
    return json.dumps({"images": [image], "seeds": [1], "finish_reasons": [None]}).encode()


def _invoke(model_id: str, body: bytes, *_: object) -> bytes:
    """InvokeModel, in the shape of Stability's image services."""
    request: dict[str, Any] = json.loads(body)
    with Image.open(io.BytesIO(base64.b64decode(request["image"]))) as photo:
        return _answer("remove-background" in model_id, photo.size)


if __name__ == "__main__":
    registry.invoke = _invoke  # type: ignore[assignment]
    quick_labels.install()
    sys.exit(main())
