"""The table of rules and the words for people are whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backdrop.imaging.quality import flags as quality_flags
from backdrop.imaging.quality.flags import FlagCode, Rule

FUNCTIONS = Path(__file__).parents[4] / "functions"
ROWS = json.loads((FUNCTIONS / "backdrop" / "imaging" / "quality" / "quality.json").read_text("utf-8"))["rules"]


def test_each_code_has_a_rule_and_words() -> None:
    assert {rule.code for rule in quality_flags.rules()} == set(FlagCode) - {FlagCode.LABELS_NOT_LOCATED}
    for code in FlagCode:
        meaning, next_step = quality_flags.words(code)
        assert meaning.endswith(".")
        assert next_step.endswith(".")
        assert meaning != next_step


def test_an_unknown_code_has_no_words() -> None:
    with pytest.raises(ValueError, match="NO_SUCH"):
        quality_flags.words("NO_SUCH")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["measure"])
def test_each_row_has_one_threshold_and_says_how_it_was_chosen(row: dict[str, object]) -> None:
    assert ("at_most" in row) != ("at_least" in row)
    assert len(str(row["comment"])) > 20
    assert set(row) <= {"code", "measure", "at_most", "at_least", "comment"}


def test_a_threshold_itself_passes() -> None:
    most = Rule(FlagCode.HALO, "m", at_most=0.5, at_least=None)
    least = Rule(FlagCode.BLURRED, "m", at_most=None, at_least=0.5)
    assert [most.broken_by(value) for value in (0.4, 0.5, 0.6)] == [False, False, True]
    assert [least.broken_by(value) for value in (0.4, 0.5, 0.6)] == [True, False, False]


def test_one_flag_per_code_and_none_for_what_was_not_measured() -> None:
    measured = {rule.measure: (9.0 if rule.at_most is not None else -9.0) for rule in quality_flags.rules()}
    assert [flag.code for flag in quality_flags.judge(measured)] == list(
        dict.fromkeys(rule.code for rule in quality_flags.rules())
    )
    assert quality_flags.judge(dict.fromkeys(measured)) == ()
    assert quality_flags.judge({}) == ()


def test_importing_it_brings_nothing_heavy() -> None:
    """It runs inside DecodeResult: numpy alone would double the cold start."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import backdrop.imaging.quality.flags, sys; print(*sys.modules)"],
        env={"PYTHONPATH": str(FUNCTIONS)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"numpy", "cv2", "pydantic", "boto3", "backdrop.models"} & set(loaded)
