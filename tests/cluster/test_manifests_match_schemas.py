"""kubeconform over every render, with schemas made from Kubernetes' own OpenAPI and from the operators' CRDs. No network."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from charts.cases import Case, documented, reviewed
from charts.render import SERVING, minimal, render
from cluster.cluster import Cluster
from cluster.programs import program
from cluster.schemas import LOCATION, write_schemas


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    write_schemas(folder, cluster)
    return folder


def problems(manifests: str, schemas: Path) -> list[str]:
    """What kubeconform says against them. A kind without a schema is a problem too."""
    command = [program("kubeconform"), "-output=json", "-summary", f"-schema-location={schemas}/{LOCATION}"]
    done = subprocess.run(command, input=manifests, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    found = [f"{resource['kind']} {resource['name']}: {resource['msg']}" for resource in report["resources"]]
    objects = len([thing for thing in yaml.safe_load_all(manifests) if thing])
    assert report["summary"]["valid"] + len(found) == objects, report["summary"]
    return found


@pytest.mark.parametrize("case", [*reviewed(), *documented()], ids=str)
def test_every_object_of_a_render_matches_its_schema(schemas: Path, case: Case) -> None:
    assert problems(case.render().text, schemas) == []


@pytest.mark.parametrize(
    ("sound", "wrong", "said"),
    [
        ("minReplicaCount:", "minReplicas:", "minReplicas"),
        ("cooldownPeriod: 60", "cooldownPeriod: soon", "cooldownPeriod"),
        ("terminationGracePeriodSeconds:", "terminationGraceSeconds:", "terminationGraceSeconds"),
        ("maxSurge: 0", "maxSurge: [0]", "maxSurge"),
        ("kind: ScaledObject", "kind: ScaledObjekt", "could not find schema for ScaledObjekt"),
    ],
)
def test_a_mistake_does_not_match(schemas: Path, sound: str, wrong: str, said: str) -> None:
    text = render(SERVING, over=minimal()).text
    assert sound in text
    assert said in "\n".join(problems(text.replace(sound, wrong), schemas))
