"""Reading templates, packaging code, samconfig."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from localcloud.deploy import known_parameters
from localcloud.packaging import package
from localcloud.samconfig import read_stack_config
from localcloud.settings import LocalCloudError
from localcloud.template import local_artifacts, read_template

TEMPLATE = """
Globals:
  Function: { CodeUri: code/ }
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      Description: !Sub "${AWS::StackName} and more"
      Role: !GetAtt Role.Arn
      Value: !If [Condition, !Ref One, !Ref AWS::NoValue]
      Policy: { Version: 2012-10-17 }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: { DefinitionUri: machine.json }
  Packaged:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: "s3://bucket/key" }
"""


def test_short_tags_become_intrinsic_functions(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    properties = read_template(file)["Resources"]["One"]["Properties"]
    assert properties == {
        "Description": {"Fn::Sub": "${AWS::StackName} and more"},
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Value": {"Fn::If": ["Condition", {"Ref": "One"}, {"Ref": "AWS::NoValue"}]},
        "Policy": {"Version": "2012-10-17"},
    }


def test_local_paths_are_found_in_globals_and_resources(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    found = [properties[name] for properties, name in local_artifacts(read_template(file))]
    assert found == ["code/", "machine.json"]


@pytest.mark.parametrize("text", ["Resources: [", "Resources: 1", "- a"])
def test_what_is_no_template_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(text)
    with pytest.raises(LocalCloudError):
        read_template(file)


def test_the_artefact_depends_on_contents_only(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "pkg" / "__pycache__").mkdir(parents=True)
        (tmp_path / name / "pkg" / "code.py").write_text("x = 1\n")
        (tmp_path / name / "pkg" / "__pycache__" / "code.pyc").write_text(name)
        (tmp_path / name / "pkg" / "tests").mkdir()
        (tmp_path / name / "pkg" / "tests" / "test_code.py").write_text(name)
    key, content = package(tmp_path / "a")
    assert package(tmp_path / "b") == (key, content)
    assert zipfile.ZipFile(BytesIO(content)).namelist() == ["pkg/code.py"]
    (tmp_path / "b" / "pkg" / "code.py").write_text("x = 2\n")
    assert package(tmp_path / "b")[0] != key


def test_a_missing_or_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match="does not exist"):
        package(tmp_path / "none")
    with pytest.raises(LocalCloudError, match="is empty"):
        package(tmp_path)


@pytest.mark.parametrize("overrides", ['["A=1", "B=two words"]', '"A=1 B=\\"two words\\""'])
def test_parameters_come_from_the_local_environment(tmp_path: Path, overrides: str) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text(
        "[local.global.parameters]\nstack_name = 'mine'\n"
        f"[local.deploy.parameters]\nparameter_overrides = {overrides}\n"
        "[default.deploy.parameters]\nparameter_overrides = ['A=aws']\n"
    )
    config = read_stack_config(file)
    assert config.stack_name == "mine"
    assert config.parameters == {"A": "1", "B": "two words"}


def test_a_parameter_the_template_lacks_is_refused() -> None:
    assert known_parameters({"Parameters": {"A": {}}}, {"A": "1"}) == {"A": "1"}
    with pytest.raises(LocalCloudError, match="sets B"):
        known_parameters({"Parameters": {"A": {}}}, {"A": "1", "B": "2"})
