"""Where the service is, read from the environment."""

from __future__ import annotations

import pytest

from backdrop_web.service.settings import SettingsMissing, WebSettings
from tests.unit.web.conftest import ENVIRONMENT


def test_settings_name_all_that_is_missing() -> None:
    with pytest.raises(SettingsMissing) as caught:
        WebSettings.from_env({"BACKDROP_API_URL": "http://x/v1", "BACKDROP_REGION": " "})

    assert caught.value.names == ("BACKDROP_USER_POOL_ID", "BACKDROP_USER_POOL_CLIENT_ID", "BACKDROP_REGION")


def test_a_cloud_without_its_own_cognito_address_is_not_local() -> None:
    assert not WebSettings.from_env(ENVIRONMENT).local
    assert WebSettings.from_env(ENVIRONMENT | {"BACKDROP_COGNITO_ENDPOINT": "http://127.0.0.1:1"}).local
