"""The web app's part of the template: off unless a parameter says so, closed but for HTTPS, whole when it is on."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest

from backdrop_web.service.settings import REQUIRED
from backdrop_web.sign_in import shared_store, sign_ins_table
from backdrop_web.sign_in.session_store import IDLE_SECONDS
from tests.static.conftest import ROOT
from tests.static.test_container import exec_form, words_of


@pytest.fixture(scope="module")
def web(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Properties of what is there with an image alone."""
    return {
        name: one.get("Properties", {})
        for name, one in template["Resources"].items()
        if one.get("Condition") == "WithWebApp"
    }


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def attributes(properties: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["Key"]: one["Value"] for one in properties}


def test_one_parameter_turns_it_on_and_nothing_of_it_is_there_without(
    template: dict[str, Any], web: dict[str, Any]
) -> None:
    assert template["Conditions"]["WithWebApp"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "WebImageUri"}, ""]}]}
    assert template["Parameters"]["WebImageUri"]["Default"] == ""
    kinds = ("AWS::ECS::", "AWS::ElasticLoadBalancingV2::", "AWS::EC2::", "AWS::ApplicationAutoScaling::")
    of_web = {name for name, one in template["Resources"].items() if one["Type"].startswith(kinds)}
    assert len(of_web) == 12
    assert of_web <= set(web)
    assert set(web) - of_web == {"WebLogGroup", "WebExecutionRole", "WebTaskRole"}
    # Nothing that is always there leans on it.
    for name, one in template["Resources"].items():
        if name not in web:
            assert not [other for other in web if re.search(rf'"{other}[".]', json.dumps(one))], name


def test_it_is_refused_in_words_without_certificate_vpc_or_subnets(template: dict[str, Any]) -> None:
    rule = template["Rules"]["WebAppIsWhole"]
    assert rule["RuleCondition"] == template["Conditions"]["WithWebApp"]
    needed = {one["Assert"]["Fn::Not"][0]["Fn::Equals"][0]["Ref"] for one in rule["Assertions"]}
    assert needed == {"WebCertificateArn", "WebVpcId", "WebSubnetIds"}
    for one in rule["Assertions"]:
        assert one["AssertDescription"].startswith("WebImageUri needs ")


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "WebImageUri",
            ["", f"123456789012.dkr.ecr.us-east-1.amazonaws.com/backdrop-web@sha256:{'0' * 64}"],
            [
                "123456789012.dkr.ecr.us-east-1.amazonaws.com/backdrop-web:latest",
                f"docker.io/backdrop-web@sha256:{'0' * 64}",
                f"123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b@sha256:{'0' * 64}",
            ],
        ),
        ("WebVpcId", ["", "vpc-0123456789abcdef0"], ["vpc", "subnet-0123456789abcdef0"]),
        (
            "WebSubnetIds",
            ["", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"],
            ["subnet-0123456789abcdef0", "subnet-0123456789abcdef0, subnet-0123456789abcdef1"],
        ),
    ],
)
def test_an_image_is_named_by_its_digest_and_subnets_are_two(
    template: dict[str, Any], parameter: str, good: list[str], bad: list[str]
) -> None:
    pattern = re.compile(template["Parameters"][parameter]["AllowedPattern"])
    assert all(map(pattern.search, good))
    assert not any(map(pattern.search, bad))


def test_people_come_by_https_alone_and_the_tasks_are_reached_by_the_load_balancer_alone(
    web: dict[str, Any],
) -> None:
    https, http = web["WebHttpsListener"], web["WebHttpListener"]
    assert (https["Protocol"], https["Port"]) == ("HTTPS", 443)
    assert "TLS13" in https["SslPolicy"]
    assert https["Certificates"] == [{"CertificateArn": {"Ref": "WebCertificateArn"}}]
    (action,) = http["DefaultActions"]
    assert action["Type"] == "redirect"
    assert action["RedirectConfig"]["Protocol"] == "HTTPS"
    assert [one["FromPort"] for one in web["WebLoadBalancerGroup"]["SecurityGroupIngress"]] == [443, 80]
    (way_in,) = web["WebTaskGroup"]["SecurityGroupIngress"]
    assert way_in["SourceSecurityGroupId"] == {"Fn::GetAtt": "WebLoadBalancerGroup.GroupId"}
    (way_out,) = web["WebTaskGroup"]["SecurityGroupEgress"]
    assert (way_out["FromPort"], way_out["ToPort"]) == (443, 443)
    assert web["WebLoadBalancerToTasks"]["ToPort"] == way_in["ToPort"] == web["WebTargetGroup"]["Port"]


def test_two_tasks_are_there_while_others_come_and_a_bad_image_is_taken_back(web: dict[str, Any]) -> None:
    service, target = web["WebService"], web["WebTargetGroup"]
    deployment = service["DeploymentConfiguration"]
    assert service["DesiredCount"] == web["WebScalableTarget"]["MinCapacity"] == 2
    assert service["AvailabilityZoneRebalancing"] == "ENABLED"
    assert deployment["MinimumHealthyPercent"] == 100
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert target["HealthCheckPath"] == "/_stcore/health"
    kept = attributes(target["TargetGroupAttributes"])
    assert kept["stickiness.enabled"] == "true"
    assert float(kept["stickiness.lb_cookie.duration_seconds"]) >= IDLE_SECONDS
    # Streamlit's server asks each WebSocket for a sign of life every 20 seconds.
    assert int(attributes(web["WebLoadBalancer"]["LoadBalancerAttributes"])["idle_timeout.timeout_seconds"]) > 60


def test_the_container_is_the_one_of_the_dockerfile_with_nothing_to_write_but_tmp(web: dict[str, Any]) -> None:
    task = web["WebTaskDefinition"]
    (container,) = task["ContainerDefinitions"]
    assert [container["User"]] == words_of("USER")
    assert container["HealthCheck"]["Command"] == ["CMD", *exec_form("HEALTHCHECK")]
    assert container["PortMappings"][0]["ContainerPort"] == int(words_of("EXPOSE")[0])
    assert container["ReadonlyRootFilesystem"] is True
    assert [one["ContainerPath"] for one in container["MountPoints"]] == ["/tmp"]
    # A volume takes its owner and mode from the image's folder where the image declares it.
    assert json.loads(words_of("VOLUME")[0]) == ["/tmp"]
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    told = {one["Name"] for one in container["Environment"]}
    assert told == {*REQUIRED, "BACKDROP_SIGN_INS_TABLE", "BACKDROP_SIGN_IN_MFA"}
    assert "Secrets" not in container


def test_the_task_may_do_what_its_table_of_sign_ins_asks_for_and_nothing_else(
    template: dict[str, Any], web: dict[str, Any]
) -> None:
    source = (ROOT / "webapp/backdrop_web/sign_in/sign_ins_table.py").read_text("utf-8")
    of_tables = re.compile(r"(get|put|update|delete|batch\w+)_item|query|scan")
    names = [node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    called = {name for name in names if of_tables.fullmatch(name)}
    if 'get_paginator("query")' in source:
        called.add("query")
    (policy,) = web["WebTaskRole"]["Policies"]
    allowed = {
        action
        for one in policy["PolicyDocument"]["Statement"]
        # What has a condition is held by tests/static/test_own_key.py.
        if "Fn::If" not in one
        for action in (one["Action"] if isinstance(one["Action"], list) else [one["Action"]])
    }
    assert allowed == {"dynamodb:" + "".join(map(str.title, name.split("_"))) for name in called}
    table = template["Resources"]["SignInsTable"]["Properties"]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == sign_ins_table.BY_USER
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}, "an index holds no tokens, sealed or not"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ExpiresAt", "Enabled": True}
    assert shared_store.CHECK_SECONDS <= 5, "a sign-out elsewhere holds within seconds"
