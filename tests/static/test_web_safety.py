"""What keeps the web app safe whatever its pages do: its settings, its secrets (none), its user pool."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import Any

import pytest

from backdrop_web.sign_in import password_rules, session_store
from tests.static.conftest import ROOT

WEB = ROOT / "webapp"
CLIENT = ROOT / "client" / "backdrop_client"
# What the web app runs of the client package: all but the command line's own look at an AWS account.
SOURCES = [*sorted(WEB.rglob("*.py")), *(file for file in sorted(CLIENT.glob("*.py")) if file.name != "account.py")]
CREDENTIALS = re.compile(
    r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE)|client_?secret|SECRET_HASH", re.IGNORECASE
)


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return tomllib.loads((WEB / ".streamlit" / "config.toml").read_text("utf-8"))


def test_requests_from_other_sites_and_large_uploads_are_refused(config: dict[str, Any]) -> None:
    server = config["server"]
    assert server["enableXsrfProtection"] is True
    assert server["enableCORS"] is True, "Streamlit's name for: other origins are refused"
    assert 0 < server["maxUploadSize"] <= 50
    assert server["address"] == "127.0.0.1", "whoever deploys opens it on purpose"


def test_no_trace_and_no_link_to_search_engines_is_ever_shown(config: dict[str, Any]) -> None:
    assert config["client"]["showErrorDetails"] == "none"
    assert config["client"]["showErrorLinks"] is False
    assert config["browser"]["gatherUsageStats"] is False


def test_there_is_a_light_and_a_dark_theme(config: dict[str, Any]) -> None:
    assert set(config["theme"]["light"]) == set(config["theme"]["dark"])


def test_the_web_app_knows_no_aws_credentials_and_no_client_secret() -> None:
    assert len(SOURCES) > 30
    for file in SOURCES:
        text = file.read_text("utf-8")
        assert not CREDENTIALS.search(text), file
        imported = {
            name
            for node in ast.walk(ast.parse(text))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        knows_aws = {name.partition(".")[0] for name in imported} & {"boto3", "botocore", "s3transfer"}
        # One module keeps sign-ins in a table, with the server's own role: it is not loaded without such a table.
        assert not knows_aws or file.name == "sign_ins_table.py", file
        # Of the service, what everybody uses and what the API declares: nothing that runs behind it.
        ours = {name for name in imported if name.partition(".")[0] == "backdrop"}
        assert all(name.startswith(("backdrop.core", "backdrop.api.schemas")) for name in ours), (file, ours)
    assert not list(WEB.rglob("secrets.toml"))


def test_no_page_puts_a_trace_on_the_screen() -> None:
    for file in sorted(WEB.rglob("*.py")):
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        calls = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
        assert not {"st.exception", "traceback.format_exc"} & set(calls), file


def test_the_stack_gives_out_no_secret(template: dict[str, Any]) -> None:
    client = template["Resources"]["UserPoolClient"]["Properties"]
    assert client["GenerateSecret"] is False
    for name, output in template["Outputs"].items():
        assert "Secret" not in str(output["Value"]), name
        assert "AccessKey" not in str(output["Value"]), name


def test_the_user_pool_allows_what_the_sign_in_page_does(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    client, pool = (resources[name]["Properties"] for name in ("UserPoolClient", "UserPool"))
    assert {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"} <= set(client["ExplicitAuthFlows"])
    assert not {"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH"} & set(client["ExplicitAuthFlows"])
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["AutoVerifiedAttributes"] == ["email"]


def test_the_rules_for_passwords_are_the_user_pools(template: dict[str, Any]) -> None:
    policy = template["Resources"]["UserPool"]["Properties"]["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] == password_rules.MIN_LENGTH
    for name in ("RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols"):
        assert policy[name] is True
    assert password_rules.list_missing("Abcdefgh12!?") == []
    assert password_rules.list_missing("") == [
        "12 more characters",
        "a small letter",
        "a capital letter",
        "a digit",
        "a symbol such as ! ? - #",
    ]


def test_a_sign_in_is_kept_as_long_as_the_user_pool_renews_it(template: dict[str, Any]) -> None:
    client = template["Resources"]["UserPoolClient"]["Properties"]
    assert client["TokenValidityUnits"]["RefreshToken"] == "days"
    assert client["RefreshTokenValidity"] * 24 * 3600 == session_store.LONGEST_SECONDS
