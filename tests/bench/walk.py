"""How far one call of DecodeResult walks: the modules of `backdrop` that it enters, and the crossings between them.

`python -m tests.bench.walk` prints both for each pass of a PRECISE image of the default model, with an S3 in memory
(with `-v` every crossing; with `--smallest` of the first pass alone). A reader feels them: how many files are opened
to follow one call, and how often the finger moves from one to another and back. What counts for nothing: calls within
a module, libraries, imports, and reading or making plain values (properties, constructors, a client that is there). A
folder of `imaging` counts as one module: it is one tool, and its loops are its own.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from botocore.exceptions import ClientError
from PIL import Image

_SOURCE = "in/d/toy-car-00000001.jpg"


class _MemoryS3:
    """The calls of boto3's S3 client that the per-image steps make."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, *, Key: str, Body: bytes, **_others: object) -> None:  # noqa: N803 - boto3's
        self.objects[Key] = Body

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": ""}}, "HeadObject")
        return {"Metadata": {}}

    def delete_object_tagging(self, **_others: object) -> None:
        """Nothing has tags here."""


class Walk:
    """What `sys.setprofile` sees of one call: the modules that were entered, in the order of their calls."""

    def __init__(self) -> None:
        self.entered: list[tuple[str, str, str]] = []
        self._stack: list[str | None] = []

    def of(self, call: Callable[[], Any]) -> Any:
        """Answer `call`'s own, having watched it."""
        sys.setprofile(self._see)
        try:
            return call()
        finally:
            sys.setprofile(None)

    @property
    def modules(self) -> int:
        """Different modules that were entered."""
        return len({entered for _, entered, _ in self.entered})

    @property
    def crossings(self) -> int:
        """Calls from one module into another; each comes back once."""
        return sum(caller != "" for caller, _, _ in self.entered)

    @property
    def between_rooms(self) -> int:
        """Those from one room into another."""
        return sum(caller != "" and _room(caller) != _room(entered) for caller, entered, _ in self.entered)

    def _see(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            module = _module(frame)
            caller = next((one for one in reversed(self._stack) if one), "")
            if module and module != caller:
                self.entered.append((caller, module, frame.f_code.co_name))
            self._stack.append(module)
        elif event == "return" and self._stack:
            self._stack.pop()


def _module(frame: FrameType) -> str | None:
    name = str(frame.f_globals.get("__name__", ""))
    code = frame.f_code
    if not name.startswith("backdrop.") or name == "backdrop.aws.clients":
        return None
    if code.co_filename == "<string>" or code.co_name in ("__init__", "<module>"):
        return None
    owner = type(frame.f_locals.get("self"))
    if isinstance(getattr(owner, code.co_name, None), property):
        return None
    room, _, rest = name.removeprefix("backdrop.").partition(".")
    return f"{room}.{rest.partition('.')[0]}" if room == "imaging" else f"{room}.{rest}"


def _room(module: str) -> str:
    return module.partition(".")[0]


def main() -> None:
    """Print modules entered and crossings of each pass."""
    os.environ |= {"MODERATION_CATEGORIES": "", "MODERATION_MIN_CONFIDENCE": "60"}
    from backdrop.aws import clients
    from backdrop.handlers import decode_result, stage_payload
    from tests.unit.handlers.image_steps.conftest import SAMPLES, child, stability

    s3 = _MemoryS3()
    clients._client = lambda _service: s3  # type: ignore[assignment]
    state = child(Key=_SOURCE)
    s3.objects[_SOURCE] = (SAMPLES / "photos" / "toy_car_rug.jpg").read_bytes()
    with Image.open(SAMPLES / "alpha" / "toy_car_rug.alpha.png") as file:
        alpha = file.convert("L")
    for name in ("cut-out",) if "--smallest" in sys.argv else ("cut-out", "painting"):
        stage = stage_payload.handler(state, None)
        answer = Image.new("RGB", (stage["Width"], stage["Height"]), "teal")
        if name == "cut-out":
            answer.putalpha(alpha.resize(answer.size))
        s3.objects[stage["ResponseKey"]] = stability(answer)
        event = {**state, "Stage": stage}
        # The first call imports and caches; the second is what every other image of a warm function walks.
        decode_result.handler(event, None)
        walk = Walk()
        after = walk.of(lambda event=event: decode_result.handler(event, None))  # type: ignore[misc]
        print(f"{name}: {walk.modules} modules, {walk.crossings} crossings, {walk.between_rooms} of them between rooms")
        if "-v" in sys.argv:
            print("\n".join(f"    {caller} -> {module}.{function}" for caller, module, function in walk.entered))
        state = after


if __name__ == "__main__":
    main()
