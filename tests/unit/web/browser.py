"""The browser's side of the uploader and of its own storage, played in Python.

It has files, sends them, and talks with the page.
AppTest runs no JavaScript. This does what the app's own `*.js` do, as far as the page can tell: one numbered message
at a time, files sent to where the page said, and what it heard of remembered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_WAIT_SECONDS = 10.0


@dataclass
class FakeFile:
    """A file on the user's disk."""

    name: str
    size: int
    type: str = "image/jpeg"
    sha256: str | None = None
    state: str = "queued"
    target: Mapping[str, Any] | None = None
    photo_id: str | None = None
    reason: str | None = None


@dataclass
class FakeBrowser:
    """`stored` are names and sizes of what was sent to the storage, in that order."""

    files: dict[str, FakeFile] = field(default_factory=dict)
    stored: list[tuple[str, int]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    heard: int = 0
    seq: int = 0
    said: dict[str, Any] | None = None
    removed: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)

    # What the page sees in place of `upload.uploader`.

    def read_message(self, key: str) -> object:
        """The last message to the uploader of that key."""
        return self.said if self.said and key == f"upload-{self.said['key']}" else None

    def show_uploader(self, key: str, data: Mapping[str, Any]) -> None:
        """The page draws the uploader."""
        assert key == f"upload-{data['key']}"
        if self.data and data["key"] != self.data["key"]:
            self.files.clear()
            self.heard = self.seq = 0
            self.said = None
        self.data = dict(data)
        for update in data["updates"]:
            if update["n"] > self.heard:
                self.heard = update["n"]
                self._apply_update(update)

    def _apply_update(self, update: Mapping[str, Any]) -> None:
        file = self.files.get(update["id"])
        if file is None:
            return
        file.photo_id = update.get("photoId", file.photo_id)
        file.reason = update.get("reason")
        if update["kind"] == "target":
            file.target = {"url": update["url"], "fields": update["fields"]}
        file.state = {"target": "targeted", "again": "targeted"}.get(update["kind"], update["kind"])

    # What the user and the browser do.

    def choose(self, *files: tuple[str, int] | tuple[str, int, str]) -> list[str]:
        """Add files of these names and sizes, some with a hash; their ids."""
        ids = [f"f{len(self.files) + number}" for number in range(len(files))]
        self.files |= {id_: FakeFile(*file[:2], sha256=(*file, None)[2]) for id_, file in zip(ids, files, strict=True)}
        return ids

    def say(self, **more: Any) -> dict[str, Any]:
        """The next message: everything there is to say."""
        offers = [(id_, file) for id_, file in self.files.items() if file.state == "queued"]
        arrived = []
        for _, file in offers:
            file.state = "offered"
        for id_, file in self.files.items():
            if file.state == "targeted":
                self.stored.append((file.name, file.size))
                file.state = "checking"
                arrived.append(id_)
        self.seq += 1
        self.said = {
            "key": self.data["key"],
            "seq": self.seq,
            "heard": self.heard,
            "left": len(self.open),
            "out": len(self.left_out),
            "offers": [
                {"id": id_, "name": file.name, "size": file.size, "type": file.type, "sha256": file.sha256}
                for id_, file in offers
            ],
            "arrived": arrived,
            "removed": self.removed,
            "cleared": self.cleared,
            **more,
        }
        self.removed, self.cleared = [], []
        return self.said

    def park(self) -> None:
        """What `stop` asks for: what is not sent yet is left out."""
        for id_, file in self.files.items():
            if file.state in {"queued", "offered", "targeted"}:
                self.removed.append(id_)
                file.state, file.reason = "failed", "The job was started without it."

    @property
    def open(self) -> list[FakeFile]:
        """Files that are neither in nor out."""
        return [file for file in self.files.values() if file.state in {"queued", "offered", "targeted", "checking"}]

    @property
    def left_out(self) -> dict[str, str]:
        """Name -> reason of what the uploader lists as left out."""
        bad = {file.name: file.reason or "" for file in self.files.values() if file.state in {"refused", "failed"}}
        return bad | {photo["name"]: photo["reason"] for photo in self.data.get("leftOut", [])}

    def work(self, answer: Callable[[], object]) -> None:
        """Talk with the page, which `answer` draws, until nothing is under way or the page is in trouble."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            self.say()
            answer()
            if self.data["ack"] < self.seq:
                return
            if not (self.open or self.data["busy"]):
                self.say()
                answer()
                return
            time.sleep(0.01)
        raise AssertionError(f"still under way after {_WAIT_SECONDS:.0f} s: {self.open}")


@dataclass
class FakeStorage:
    """What the page sees in place of `browser_store`: texts that outlive a session."""

    texts: dict[str, str] = field(default_factory=dict)

    def read_texts(self, key: str, slots: Sequence[str], arrived: Callable[[Mapping[str, str | None]], object]) -> None:
        """Answer at once, which a browser does a run later."""
        arrived({slot: self.texts.get(slot) for slot in slots})

    def keep_text(self, key: str, slot: str, text: str | None, *, drop: Sequence[str] = (), watch: Any = None) -> None:
        """Write a text, and delete others."""
        if text is not None:
            self.texts[slot] = text
        for name in drop:
            self.texts.pop(name, None)
