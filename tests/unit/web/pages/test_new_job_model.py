"""What the account may do with the models, on the page where one is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from backdrop.api.schemas.models import ModelAccess
from tests.answers import make_access
from tests.unit.web.conftest import sign_in, words
from tests.unit.web.fakes import FakeService, model


def access(state: str, **more: Any) -> ModelAccess:
    return make_access(state=state, checked_at="2026-11-21T08:00:00Z", **more)


def page(app: AppTest, fake: FakeService, *models: Any) -> AppTest:
    fake.api.catalogue = replace(fake.api.catalogue, models=list(models))
    return sign_in(app)


def test_a_model_without_access_is_shown_with_its_reason_and_cannot_be_chosen(app: AppTest, fake: FakeService) -> None:
    reason = "Nobody has accepted the terms"
    denied = model(usable=False, reason=reason, access=access("AGREEMENT_NEEDED", reason=reason))
    shown = page(app, fake, denied, model("stability.replace", access=access("ACCESSIBLE")))
    assert [name.partition(" ·")[0] for name in shown.selectbox(key="model-1").options] == ["Stability: replace"]
    assert reason in words(shown)
    assert "could not be checked" not in words(shown)


def test_doubt_about_a_model_is_told_and_it_can_be_chosen(app: AppTest, fake: FakeService) -> None:
    shown = page(app, fake, model(access=access("UNKNOWN", reason="AWS did not answer")))
    assert len(shown.selectbox(key="model-1").options) == 1
    assert "could not be checked" in words(shown)


def test_without_any_usable_model_no_job_can_be_started(app: AppTest, fake: FakeService) -> None:
    shown = page(app, fake, model(usable=False, reason="No access", access=access("NOT_AUTHORIZED")))
    assert "No image model can be used" in words(shown)
