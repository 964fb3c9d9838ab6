"""Rules of the stack that no linter knows (docs/deploy.md)."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from backdrop.api.http import HEADERS
from backdrop.core import keys, limits
from backdrop.core.options import Options, OutputOptions
from backdrop.jobs.model import START_PATIENCE
from backdrop.jobs.sweeping import STARTED_WITHIN
from backdrop.models import catalogue, catalogue_data, newer_versions, registry
from backdrop.models.plan import plan
from tests.static.conftest import ROOT

FUNCTIONS = {
    "ApiFunction": "api",
    "InspectPhotoFunction": "inspect_photo",
    "StartJobFunction": "start_job",
    "SweepJobsFunction": "sweep_jobs",
    "PrepareJobFunction": "prepare_job",
    "StagePayloadFunction": "stage_payload",
    "ReserveTurnFunction": "reserve_turn",
    "InvokeElsewhereFunction": "invoke_elsewhere",
    "CutOutFunction": "cut_out",
    "DecodeResultFunction": "decode_result",
    "SignResultFunction": "sign_result",
    "CompileReportFunction": "compile_report",
    "EraseFunction": "erase",
}

_HOLDS_DATA = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Cognito::UserPool"}

# Actions for which IAM knows no resource.
_WITHOUT_RESOURCE = re.compile(
    r"rekognition:Detect(Moderation)?Labels|xray:\w+|logs:\w*(LogDelivery|LogDeliveries|Polic|LogGroups)\w*"
    r"|bedrock:GetFoundationModelAvailability|servicequotas:ListServiceQuotas"
    r"|sns:GetSubscriptionAttributes|sns:Unsubscribe|ecr:GetAuthorizationToken"
)


# What several handlers share reads variables for those that use it.
_SHARED = [
    path for path in (ROOT / "functions/backdrop/handlers/_shared").glob("*.py") if not path.stem.startswith("_")
]


def resources(template: dict[str, Any], type_: str) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == type_}


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in resources(template, "AWS::Serverless::Function").items()}


def allowed(node: Any) -> Iterator[dict[str, Any]]:
    """Every Allow statement below a node."""
    if isinstance(node, dict):
        if node.get("Effect") == "Allow" and "Action" in node:
            yield node
        for value in node.values():
            yield from allowed(value)
    elif isinstance(node, list):
        for value in node:
            yield from allowed(value)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_each_function_runs_its_own_handler(template: dict[str, Any]) -> None:
    handlers = {name: one["Handler"] for name, one in functions(template).items()}
    assert handlers == {name: f"backdrop.handlers.{module}.handler" for name, module in FUNCTIONS.items()}
    for module in FUNCTIONS.values():
        assert "def handler(" in (ROOT / f"functions/backdrop/handlers/{module}.py").read_text("utf-8")


def test_each_function_is_built_by_the_makefile(template: dict[str, Any]) -> None:
    for name in FUNCTIONS:
        assert template["Resources"][name]["Metadata"]["BuildMethod"] == "makefile"
    makefile = (ROOT / "functions" / "Makefile").read_text("utf-8")
    listed = " ".join(re.findall(r"^FUNCTIONS [:+]= (.*)$", makefile, re.MULTILINE)).split()
    # These have recipes of their own: they alone carry the network and what runs it, and the C2PA library.
    own = {"CutOutFunction", "SignResultFunction"}
    assert {f"{name}Function" for name in listed} == set(FUNCTIONS) - own
    for name in own:
        assert f"build-{name}:" in makefile


def test_each_function_gets_every_variable_it_reads(template: dict[str, Any]) -> None:
    text = (ROOT / "functions/backdrop/handlers/environment.py").read_text("utf-8")
    classes = [one for one in text.split("\nclass ") if "def from_env" in one]
    assert len(classes) > 5
    assert "moderation_gate" in [path.stem for path in _SHARED]
    everything = set()
    for name, properties in functions(template).items():
        module = (ROOT / f"functions/backdrop/handlers/{FUNCTIONS[name]}.py").read_text("utf-8")
        module += "".join(shared.read_text("utf-8") for shared in _SHARED if shared.stem in module)
        sources = [module] + [one for one in classes if one.split("(", 1)[0] in module]
        read = set(
            re.findall(r'(?:required|text|flag|number)\("([A-Z_]+)"\)|os\.environ\["([A-Z_]+)"\]', "".join(sources))
        )
        # Lambda itself gives the Region: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        given = {"AWS_REGION", *properties.get("Environment", {}).get("Variables", {})}
        assert {one or other for one, other in read} <= given, name
        everything |= {one or other for one, other in read}
    assert {"MODERATION_CATEGORIES", "GUARDRAIL_ID", "SCHEDULE_TABLE"} <= everything


def test_memory_and_timeout_of_each_function_have_a_reason() -> None:
    text = (ROOT / "template.yaml").read_text("utf-8")
    for setting in ("MemorySize", "Timeout"):
        found = re.findall(rf"(.*)\n      {setting}: \d+", text)
        assert len(found) == len(FUNCTIONS)
        assert all(line.strip().startswith("#") for line in found), setting


def test_no_function_has_more_memory_than_a_new_account_may_give(template: dict[str, Any]) -> None:
    sizes = {name: one["MemorySize"] for name, one in functions(template).items()}
    # `backdrop models --account` says so, in these very numbers.
    assert max(sizes.values()) == limits.LARGEST_FUNCTION_MB == 3008
    assert template["Parameters"]["MapMaxConcurrency"]["Default"] == limits.IMAGES_AT_ONCE
    assert not [name for name, one in functions(template).items() if "ReservedConcurrentExecutions" in one]


def test_nothing_has_a_fixed_name(template: dict[str, Any]) -> None:
    """Two stacks fit in one account."""
    names = (
        "BucketName",
        "TableName",
        "TopicName",
        "QueueName",
        "FunctionName",
        "RoleName",
        "UserPoolName",
        "ClientName",
    )
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        assert not [name for name in (*names, "AlarmName", "DashboardName") if name in properties], logical_id
        if "Name" in properties:  # a saved query can't be without
            assert "${AWS::StackName}" in properties["Name"]["Fn::Sub"], logical_id
        if "LogGroupName" in properties:
            assert "${" in properties["LogGroupName"]["Fn::Sub"], logical_id


def test_every_log_group_has_a_retention_and_every_function_a_log_group(template: dict[str, Any]) -> None:
    groups = resources(template, "AWS::Logs::LogGroup")
    for name, group in groups.items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    names = {group["Properties"]["LogGroupName"]["Fn::Sub"] for group in groups.values()}
    assert {f"/aws/lambda/${{AWS::StackName}}/{name}" for name in FUNCTIONS} <= names
    for name, one in functions(template).items():
        assert one["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}LogGroup"}}, name
    assert any("states" in name for name in names)
    assert any("apigateway" in name for name in names)


def test_no_statement_allows_more_than_it_names(template: dict[str, Any]) -> None:
    statements = list(allowed(template["Resources"]))
    assert len(statements) > 20
    for statement in statements:
        actions = as_list(statement["Action"])
        assert not [action for action in actions if "*" in action], statement
        if "*" in as_list(statement.get("Resource", [])):
            assert all(_WITHOUT_RESOURCE.fullmatch(action) for action in actions), statement


def test_only_who_writes_reports_verdicts_and_notes_may_sign(template: dict[str, Any]) -> None:
    signers = {name for name, one in template["Resources"].items() if '"kms:Sign"' in json.dumps(one)}
    assert signers == {"CompileReportFunctionRole", "ApiFunctionRole", "EraseFunctionRole"}
    assert template["Resources"]["ReportKey"]["Properties"]["KeySpec"] == "ECC_NIST_P256"


def test_links_and_verdicts_are_written_once_by_anybody(template: dict[str, Any]) -> None:
    statements = template["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (once,) = [one for one in statements if one.get("Sid") == "WriteChainsOnce"]
    assert (once["Effect"], once["Principal"], once["Action"]) == ("Deny", "*", "s3:PutObject")
    assert once["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    patterns = [one["Fn::Sub"].removeprefix("${Bucket.Arn}/${StatusPrefix}/") for one in once["Resource"]]
    assert patterns == ["chain/*.json", "*/approvals/*.json"]
    folders = (keys.chain_folder("s/x"), keys.approvals_folder("s/2026/11/28/x"))
    for pattern, folder in zip(patterns, folders, strict=True):
        assert fnmatchcase(keys.link_key(folder, 1).removeprefix("s/"), pattern)
        assert not fnmatchcase(keys.signature_key(keys.link_key(folder, 1)).removeprefix("s/"), pattern)


def test_reports_are_locked_in_a_bucket_that_can_lock(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["Bucket"]["Properties"]
    assert bucket["ObjectLockEnabled"]["Fn::If"][:2] == ["WithReportLock", True]
    assert bucket["VersioningConfiguration"]["Status"]["Fn::If"][:2] == ["WithReportLock", "Enabled"]
    lockers = {name for name, one in template["Resources"].items() if '"s3:PutObjectRetention"' in json.dumps(one)}
    assert lockers == {"CompileReportFunctionRole", "ApiFunctionRole", "EraseFunctionRole"}


def test_the_workflow_may_call_every_model_of_the_registry(template: dict[str, Any]) -> None:
    role = json.dumps(template["Resources"]["WorkflowRole"])
    options = [Options(), Options(output=OutputOptions(aspect="9:16")), Options(background="transparent")]
    for model, chosen in itertools.product(registry.all_models(), options):
        for mode in model.modes:
            for step in plan(model, mode, chosen):
                if step.built_in:
                    continue
                base = step.service_id.removeprefix("us.")
                regions = ("us-east-1", "us-east-2", "us-west-2") if base != step.service_id else ("${AWS::Region}",)
                for region in regions:
                    assert f':{region}::foundation-model/{base}"' in role
                if base != step.service_id:
                    assert f':inference-profile/{step.service_id}"' in role


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("", True),
        ("amazon.nova-canvas-v1:1/amazon.nova-canvas-v1:0", True),
        ("amazon.nova-canvas-v1:1/amazon.nova-canvas-v1:0/usd:0.06/usdPremium:0.08/perMinute:100", True),
        (
            "us.stability.stable-image-inpaint-v1:1/us.stability.stable-image-inpaint-v1:0/usd:0.1, "
            "us.stability.stable-image-search-replace-v2:0/us.stability.stable-image-search-replace-v1:0",
            True,
        ),
        ("amazon.titan-image-generator-v3/amazon.titan-image-generator-v2:0/perMinute:5", True),
        ("amazon.nova-canvas-v1:1", False),
        ("amazon.nova-canvas-v1:1/amazon.nova-canvas-v1:0/usd:cheap", False),
        ("amazon.nova-canvas-v1:1/amazon.nova-canvas-v1:0/perMinute:0", False),
        ("amazon.nova-reel-v1:1/amazon.nova-reel-v1:0", False),
        ("us.stability.stable-outpaint-v1:1/us.stability.stable-outpaint-v1:0", False),
    ],
)
def test_more_models_that_are_written_wrongly_are_refused_at_the_deployment(
    template: dict[str, Any], text: str, taken: bool
) -> None:
    parameter = template["Parameters"]["MoreModels"]
    assert parameter["Default"] == ""
    assert bool(re.fullmatch(parameter["AllowedPattern"], text)) is taken
    if taken:
        newer_versions.parse(text, catalogue_data.data()["services"])
    else:
        with pytest.raises(newer_versions.NewerVersionsInvalid):
            newer_versions.parse(text, catalogue_data.data()["services"])


def test_more_models_may_be_called_only_where_there_are_some_and_of_their_families_only(
    template: dict[str, Any],
) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables[newer_versions.VARIABLE] == {"Ref": "MoreModels"}
    assert {one.model_id.rpartition("-v")[0] for one in registry.all_models() if one.settings.generates} == set(
        newer_versions.FAMILIES
    )
    for name in ("WorkflowRole", "InvokeElsewhereFunctionRole"):
        text = json.dumps(template["Resources"][name])
        any_version = re.findall(r"(foundation-model|inference-profile)/([\w.-]+-v)\*", text)
        conditional = re.findall(r'\["WithMoreModels", \{.*?\}, \{"Ref": "AWS::NoValue"\}\]', text)
        assert re.findall(r"-v\*", text) == re.findall(r"-v\*", "".join(conditional)) != []
        models = {f"{one.removeprefix('us.')}-v" for one in newer_versions.FAMILIES}
        profiles = {f"{one}-v" for one in newer_versions.FAMILIES if one.startswith("us.")}
        assert {family for kind, family in any_version if kind == "inference-profile"} == profiles
        assert {family for kind, family in any_version if kind == "foundation-model"} == models


def test_the_default_model_is_one_that_is_served(template: dict[str, Any]) -> None:
    default = template["Parameters"]["ModelId"]["Default"]
    assert catalogue.check_usable(default, allow_retired=False).state == "ACTIVE"
    assert template["Parameters"]["AllowRetiredModels"]["Default"] == "false"


def test_credentials_are_off_by_default_and_one_function_alone_may_read_their_secret(template: dict[str, Any]) -> None:
    assert template["Parameters"]["ContentCredentialsSecretArn"]["Default"] == ""
    assert template["Parameters"]["ImageGenerator"]["Default"] == "trained-model"
    readers = [
        name for name, one in template["Resources"].items() if "secretsmanager:GetSecretValue" in json.dumps(one)
    ]
    assert readers == ["SignResultFunctionRole"]
    (policy,) = template["Resources"]["SignResultFunctionRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    condition, reading, nothing = statements[-1]["Fn::If"]
    assert (condition, nothing) == ("WithContentCredentials", {"Ref": "AWS::NoValue"})
    assert reading["Resource"] == {"Ref": "ContentCredentialsSecretArn"}


def test_the_bucket_is_private_encrypted_and_tls_only(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["Bucket"]
    properties = bucket["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["BucketEncryption"]
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    statement = template["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_lifecycle_rule_can_expire_a_jobs_photo_an_image_or_a_report(template: dict[str, Any]) -> None:
    """Only what carries a tag of ours expires; StagePayload takes a draft's off (tests/integration/test_api.py)."""
    rules = template["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    parameters = template["Parameters"]
    for rule in rules:
        if "ExpirationInDays" in rule:
            (tag,) = rule["TagFilters"]
            assert f"{tag['Key']}={tag['Value']}" in (limits.DRAFT_TAG, limits.PAYLOAD_TAG)
            days = rule["ExpirationInDays"]
            least = parameters[days["Ref"]]["MinValue"] if isinstance(days, dict) else days
            assert least > limits.DRAFT_DAYS


@pytest.mark.parametrize("kind", ["Photo", "Image", "Report"])
def test_they_expire_if_a_parameter_says_so_and_by_folders_of_jobs_alone(template: dict[str, Any], kind: str) -> None:
    rules = template["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    (rule,) = (one["Fn::If"] for one in rules if one.get("Fn::If", [""])[0] == f"With{kind}Days")
    assert template["Parameters"][f"{kind}Days"]["Default"] == 0
    assert rule[1]["ExpirationInDays"] == {"Ref": f"{kind}Days"}
    prefix = rule[1]["Prefix"]["Fn::Sub"]
    assert re.fullmatch(r"\$\{(Input|Output|Status)Prefix\}/2", prefix), "of the years that come, and nothing else's"
    assert rule[2] == {"Ref": "AWS::NoValue"}


def test_every_parameter_of_how_long_is_in_the_table(template: dict[str, Any]) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    (group,) = (one for one in groups if one["Label"]["default"] == "How long things are kept")
    table = (ROOT / "docs/retention.md").read_text("utf-8")
    assert [name for name in [*group["Parameters"], "LogRetentionDays"] if f"`{name}`" not in table] == []


def test_whoever_deletes_by_mistake_is_refused_if_a_parameter_says_so(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    tables = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::DynamoDB::Table"]
    protected = {"Fn::If": ["WithDeletionProtection", True, False]}
    assert [one.get("DeletionProtectionEnabled") for one in tables] == [protected] * 6
    pool = resources["UserPool"]["Properties"]["DeletionProtection"]
    assert pool == {"Fn::If": ["WithDeletionProtection", "ACTIVE", "INACTIVE"]}
    assert template["Parameters"]["DeletionProtection"]["Default"] == "false", "a first deployment can be taken away"


def test_the_stage_has_the_throttles_and_the_web_acl_that_parameters_name(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    (settings,) = resources["Api"]["Properties"]["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert settings["ThrottlingRateLimit"] == {"Ref": "ApiRequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ApiBurst"}
    association = resources["ApiWebAcl"]
    assert association["Condition"] == "WithWebAcl"
    assert association["Properties"]["ResourceArn"]["Fn::Sub"].endswith("/restapis/${Api}/stages/${Api.Stage}")
    arn = re.compile(template["Parameters"]["WebAclArn"]["AllowedPattern"])
    good = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/01234567-89ab-cdef-0123-456789abcdef"
    assert arn.match(good)
    assert not arn.match(good.replace("regional", "global")), "those are CloudFront's"


def test_threat_protection_is_bought_and_blocks_leaked_passwords_only_if_asked_for(template: dict[str, Any]) -> None:
    pool = template["Resources"]["UserPool"]["Properties"]
    assert pool["UserPoolTier"] == {"Fn::If": ["WithSignInProtection", "PLUS", "ESSENTIALS"]}
    assert pool["UserPoolAddOns"]["Fn::If"][:2] == [
        "WithSignInProtection",
        {"AdvancedSecurityMode": {"Ref": "SignInProtection"}},
    ]
    blocked = template["Resources"]["BlockedPasswords"]
    assert blocked["Condition"] == "WithBlockedPasswords"
    assert blocked["Properties"]["CompromisedCredentialsRiskConfiguration"]["Actions"] == {"EventAction": "BLOCK"}
    # A leaked password is told from others only where the pool sees it.
    assert "ALLOW_USER_PASSWORD_AUTH" in template["Resources"]["UserPoolClient"]["Properties"]["ExplicitAuthFlows"]


def test_data_outlives_the_stack_but_not_a_first_deployment_that_fails(template: dict[str, Any]) -> None:
    kept = {name for name, one in template["Resources"].items() if one["Type"] in _HOLDS_DATA} - {
        "ScheduleTable",
        "SignInsTable",
    }
    assert kept == {"Bucket", "JobsTable", "ImagesTable", "SpendingTable", "UserPool", "HeadsTable"}
    # Signatures are checked as long as reports are kept.
    kept.add("ReportKey")
    for name, resource in template["Resources"].items():
        policies = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        # UpdateReplacePolicy knows no RetainExceptOnCreate.
        versions = "AutoPublishAlias" in resource.get("Properties", {})  # they have their function's policy
        expected = ("RetainExceptOnCreate", "Retain") if name in kept else (None, "Retain" if versions else None)
        assert policies == expected, name
    for name in ("JobsTable", "ImagesTable", "SpendingTable"):
        assert template["Resources"][name]["Properties"]["PointInTimeRecoverySpecification"]


def test_the_stream_starts_jobs_for_hours_and_loses_none(template: dict[str, Any]) -> None:
    source = template["Resources"]["StartJobFunction"]["Properties"]["Events"]["SubmittedJobs"]["Properties"]
    assert json.loads(source["FilterCriteria"]["Filters"][0]["Pattern"]) == {"eventName": ["INSERT"]}
    assert source["MaximumRetryAttempts"] == -1, "by age: three tries are over in seconds"
    assert 4 * 3600 <= source["MaximumRecordAgeInSeconds"] < 24 * 3600, "the stream itself forgets after a day"
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": "StreamDeadLetterQueue.Arn"}


def test_the_sweeper_comes_by_itself_and_its_failures_are_seen(template: dict[str, Any]) -> None:
    sweeper = template["Resources"]["SweepJobsFunction"]["Properties"]
    events = {name: one["Properties"] for name, one in sweeper["Events"].items()}
    patience = int(START_PATIENCE.total_seconds() // 60)
    assert events["EveryFiveMinutes"]["Schedule"] == f"rate({patience} minutes)"
    assert events["RunFailed"]["Pattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
            "stateMachineArn": [{"Ref": "ReplaceBackgroundsStateMachine"}],
        },
    }
    assert sweeper["EventInvokeConfig"]["MaximumRetryAttempts"] == 2
    queue = {"Fn::GetAtt": "StreamDeadLetterQueue.Arn"}
    assert sweeper["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"] == queue
    compiling = template["Resources"]["CompileReportFunction"]["Properties"]["Timeout"]
    assert sweeper["Timeout"] >= 2 * compiling, "it waits for reports"
    kept = template["Resources"]["StreamDeadLetterQueue"]["Properties"]["MessageRetentionPeriod"]
    assert kept == STARTED_WITHIN.total_seconds()


def test_every_route_needs_a_token(template: dict[str, Any]) -> None:
    assert template["Resources"]["Api"]["Properties"]["Auth"]["DefaultAuthorizer"] == "CognitoAuthorizer"
    routes = {
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for one in functions(template).values()
        for event in one.get("Events", {}).values()
        if event["Type"] == "Api" and "Auth" not in event["Properties"]
    }
    assert routes == {
        ("GET", "/models"),
        ("GET", "/me/mail"),
        ("PUT", "/me/mail"),
        ("DELETE", "/me/mail"),
        ("GET", "/settings"),
        ("POST", "/settings"),
        ("PUT", "/settings/{settingsId}"),
        ("DELETE", "/settings/{settingsId}"),
        ("GET", "/backdrops"),
        ("POST", "/backdrops"),
        ("POST", "/backdrops/recipes"),
        ("POST", "/backdrops/paintings"),
        ("POST", "/backdrops/paintings/{candidateId}/keep"),
        ("POST", "/backdrops/{backdropId}/inspect"),
        ("DELETE", "/backdrops/{backdropId}"),
        ("PATCH", "/backdrops/{backdropId}"),
        ("POST", "/drafts"),
        ("GET", "/drafts"),
        ("GET", "/drafts/{draftId}"),
        ("PATCH", "/drafts/{draftId}"),
        ("POST", "/drafts/{draftId}/copies"),
        ("POST", "/drafts/{draftId}/photos"),
        ("POST", "/drafts/{draftId}/photos/{photoId}/cut-out"),
        ("PUT", "/drafts/{draftId}/photos/{photoId}/labels"),
        ("POST", "/drafts/{draftId}/photos/{photoId}/mask"),
        ("DELETE", "/drafts/{draftId}/photos/{photoId}/mask"),
        ("POST", "/drafts/{draftId}/photos/{photoId}/mask/inspect"),
        ("POST", "/drafts/{draftId}/photos/{photoId}/inspect"),
        ("DELETE", "/drafts/{draftId}/photos/{photoId}"),
        ("POST", "/drafts/{draftId}/estimate"),
        ("POST", "/drafts/{draftId}/submit"),
        ("GET", "/jobs"),
        ("GET", "/jobs/{jobId}"),
        ("PATCH", "/jobs/{jobId}"),
        ("POST", "/jobs/{jobId}/cancel"),
        ("PUT", "/jobs/{jobId}/team"),
        ("PUT", "/jobs/{jobId}/images/{imageId}/verdict"),
        ("GET", "/jobs/{jobId}/tries"),
        ("GET", "/jobs/{jobId}/images"),
        ("GET", "/jobs/{jobId}/images/{imageId}"),
        ("GET", "/jobs/{jobId}/images/{imageId}/place"),
        ("GET", "/jobs/{jobId}/names"),
        ("GET", "/jobs/{jobId}/overview"),
        ("POST", "/jobs/{jobId}/page"),
        ("GET", "/jobs/{jobId}/proof"),
        ("GET", "/jobs/{jobId}/story"),
        ("GET", "/jobs/{jobId}/images/{imageId}/place"),
        ("GET", "/jobs/{jobId}/images/{imageId}/story"),
    }


def test_what_api_gateway_answers_itself_has_the_apis_shape(template: dict[str, Any]) -> None:
    for name, response in template["Resources"]["Api"]["Properties"]["GatewayResponses"].items():
        body = response["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"words"')
        assert set(json.loads(body)["error"]) == {"code", "message", "nextStep"}, name


def test_what_api_gateway_answers_itself_has_the_headers_of_our_functions(template: dict[str, Any]) -> None:
    for name, response in template["Resources"]["Api"]["Properties"]["GatewayResponses"].items():
        headers = response["ResponseParameters"]["Headers"]
        assert all(value[0] == value[-1] == "'" and "'" not in value[1:-1] for value in headers.values()), name
        # A policy with words in quotes can't be told to API Gateway for sure; this one keeps scripts and forms out.
        policy = {"Content-Security-Policy": "sandbox"}
        assert {key: value[1:-1] for key, value in headers.items()} == HEADERS | policy, name
    assert "sandbox" in HEADERS["Content-Security-Policy"]


def test_people_are_invited_and_the_client_has_no_secret(template: dict[str, Any]) -> None:
    pool = template["Resources"]["UserPool"]["Properties"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    client = template["Resources"]["UserPoolClient"]["Properties"]
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert not [output for output in template["Outputs"] if "Secret" in output]


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "NotificationEmail",
            ["shop@example.com", "a.b+c@x.co.uk"],
            ["", "shop", "a@b", "a b@example.com", "a@b.c\nd"],
        ),
        (
            "WebAppUrl",
            ["http://127.0.0.1:8501", "https://x.example.com"],
            ["https://x/", "x.com", "https://x/y", "ftp://x"],
        ),
        (
            "ModelId",
            ["us.stability.stable-image-inpaint-v1:0", "amazon.titan-image-generator-v1"],
            ["", "a b", "arn/x"],
        ),
        ("InputPrefix", ["image-files", "a"], ["", "/a", "a/", "a/b", "A", "-a"]),
        ("OutputPrefix", ["generated-image-files"], ["", "a/"]),
        ("StatusPrefix", ["status-report-files"], ["", "a/"]),
    ],
)
def test_parameters_have_patterns_with_a_message(
    template: dict[str, Any], parameter: str, good: list[str], bad: list[str]
) -> None:
    definition = template["Parameters"][parameter]
    assert definition["ConstraintDescription"].startswith("must be")
    for value in good:
        assert re.fullmatch(definition["AllowedPattern"], value), value
    for value in bad:
        assert not re.fullmatch(definition["AllowedPattern"], value), value


def test_every_parameter_is_described_and_checked(template: dict[str, Any]) -> None:
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"], name
        assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter), name


def test_outputs_are_those_of_the_contract(template: dict[str, Any]) -> None:
    assert set(template["Outputs"]) == {
        "ApiUrl", "RestApiId", "UserPoolId", "UserPoolClientId", "Region", "BucketName", "StateMachineArn",
        "JobsTableName", "ImagesTableName", "ScheduleTableName", "HeadsTableName", "TopicArn",
        "StreamDeadLetterQueueUrl", "ReportKeyArn", "OpsTopicArn", "DashboardName", "SignInsTableName", "SignInMfa",
        "WebLoadBalancerDnsName",
    }  # fmt: skip


def test_samconfig_names_only_parameters_that_exist(template: dict[str, Any]) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    given = dict(one.split("=", 1) for one in config["local"]["deploy"]["parameters"]["parameter_overrides"])
    assert set(given) <= set(template["Parameters"])
    required = {name for name, one in template["Parameters"].items() if "Default" not in one}
    assert required <= set(given)
    assert "parameter_overrides" not in config["default"]["deploy"]["parameters"]
