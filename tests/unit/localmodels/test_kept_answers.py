"""Rekognition's answers are worked out once for the same bytes, in this process and in the next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localcloud.models.errors import ModelError
from localcloud.models.kept import KeptAnswers, recipe


class Work:
    """Makes an answer of how often it was asked."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> bytes:
        self.done += 1
        return b"%d" % self.done


def test_the_same_image_is_looked_at_once_and_another_question_is_another_answer() -> None:
    kept, work = KeptAnswers(), Work()
    assert [kept.of("labels?max=5", b"photo", work) for _ in range(3)] == [b"1"] * 3
    assert kept.of("labels?max=6", b"photo", work) == b"2"
    assert kept.of("labels?max=5", b"another", work) == b"3"


def test_the_next_process_finds_it_and_other_code_does_not(tmp_path: Path) -> None:
    work = Work()
    KeptAnswers(tmp_path / "answers", "one").of("labels", b"photo", work)
    assert KeptAnswers(tmp_path / "answers", "one").of("labels", b"photo", work) == b"1"
    assert KeptAnswers(tmp_path / "answers", "two").of("labels", b"photo", work) == b"2"


def test_a_refusal_is_not_kept() -> None:
    kept = KeptAnswers()

    def refuse() -> bytes:
        raise ModelError("InvalidImageFormatException", "no image")

    for _ in range(2):
        with pytest.raises(ModelError):
            kept.of("labels", b"photo", refuse)
    assert kept.of("labels", b"photo", Work()) == b"1"


def test_the_oldest_are_forgotten_in_memory_and_on_disk(tmp_path: Path) -> None:
    work, kept = Work(), KeptAnswers(tmp_path, "one", most=2)
    for age, photo in enumerate((b"first", b"second", b"third")):
        kept.of("labels", photo, work)
        for file in tmp_path.iterdir():
            os.utime(file, (age, age)) if file.stat().st_mtime > 10 else None
    fresh = KeptAnswers(tmp_path, "one", most=2)
    assert len(list(tmp_path.iterdir())) == 2
    assert fresh.of("labels", b"third", work) == b"3"
    assert fresh.of("labels", b"first", work) == b"4"


def test_a_folder_that_cannot_be_written_costs_only_the_keeping(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file, no folder")
    kept = KeptAnswers(tmp_path / "answers" / "deeper", "one")
    assert kept.of("labels", b"photo", Work()) == b"1"


def test_other_weights_are_another_recipe(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"weights")
    (tmp_path / "b").write_bytes(b"others")
    assert recipe([tmp_path / "a"]) == recipe([tmp_path / "a"]) != recipe([tmp_path / "b"])
