"""Upgrades by Helm while documents come in: no job fails, and nobody who comes through the Service is turned away."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from charts.render import SERVING
from cluster.kill_matrix import VALUES
from cluster.load import Load
from cluster.node import name_image
from cluster.real_node import TAG, RealNode
from cluster.trial import GATEWAY, IMAGES, RELEASE, WORKER, Trial, arguments, values
from reliability.audit import account
from reliability.client import PatientClient

#: What the images of this tree are called as well, so that a release may go to them.
NEXT = "next"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def new_images(lit: RealNode, _folder: Path) -> tuple[Path, dict[str, Any]]:
    """The same chart with other images for gateway and worker: all pods are replaced."""
    images = {}
    for name in ("gateway", "worker"):
        repository, tag = IMAGES[name]["repository"], IMAGES[name]["tag"]
        name_image(lit.machine, f"{repository}:{tag}", f"{repository}:{tag.replace(TAG, NEXT)}")
        images[name] = {"repository": repository, "tag": tag.replace(TAG, NEXT)}
    return SERVING, {**VALUES, "images": {**IMAGES, **images}}


def new_chart(_lit: RealNode, folder: Path) -> tuple[Path, dict[str, Any]]:
    """The next version of the chart, which gives every pod a second more to stop."""
    copy = folder / "lamplighter-serving"
    shutil.copytree(SERVING, copy)
    for place, now, then in (
        ("Chart.yaml", "version: 0.1.0", "version: 0.2.0"),
        ("templates/gateway/deployment.yaml", "add .Values.gateway.drainSeconds 35", "add .Values.gateway.drainSeconds 36"),
        ("templates/_gpu-pod.tpl", "add .scale.maxJobSeconds 30", "add .scale.maxJobSeconds 31"),
    ):
        text = (copy / place).read_text()
        assert now in text, place
        (copy / place).write_text(text.replace(now, then))
    return copy, VALUES


def new_schema(_lit: RealNode, _folder: Path) -> tuple[Path, dict[str, Any]]:
    """A later gateway: the first that starts brings the schema that it needs, a Job takes away what only the old one used."""
    later = {"repository": f"{IMAGES['gateway']['repository']}-next", "tag": TAG}
    return SERVING, {**VALUES, "images": {**IMAGES, "gateway": later}}


@pytest.mark.parametrize("step", [new_images, new_chart, new_schema])
def test_an_upgrade_under_load_loses_nothing_and_turns_nobody_away(
    lit: RealNode, release: Trial, tmp_path: Path, step: Callable[[RealNode, Path], tuple[Path, dict[str, Any]]]
) -> None:
    chart, changes = step(lit, tmp_path)
    key = release.new_key(step.__name__.replace("_", "-"))
    before = generations(release)
    with PatientClient([release.address], key) as client:
        with Load(release.address, key) as load:
            done = lit.cluster.helm(4, "upgrade", RELEASE, str(chart), *arguments(release.namespace), stdin=values(changes))
            assert done.returncode == 0, done.stderr
            release.must("rollout", "status", GATEWAY, "--timeout=100s")
            release.must("rollout", "status", WORKER, "--timeout=100s")
        streams = {job_id: client.follow(job_id) for job_id in load.submitted}
        found = account(client, load.submitted, streams)
    assert generations(release)[0] > before[0], "no gateway was replaced"
    if step is new_schema:
        assert applied(release) == {9001, 9002}
    else:
        assert generations(release)[1] > before[1], "no worker was replaced"
    assert (set(load.statuses), load.lost) == ({202}, [])
    assert found.wrong == ()
    assert found.right_answers == found.done == len(load.submitted) > 0


def generations(release: Trial) -> list[int]:
    """How often the templates of gateway and worker have changed."""
    found = [
        release.must("get", name, "--output=jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision}")
        for name in (GATEWAY, WORKER)
    ]
    return [int(revision) for revision in found]


def applied(release: Trial) -> set[int]:
    """Those of the later gateway's migrations that the database has seen."""
    with psycopg.connect(release.database_url) as connection:
        return {int(row[0]) for row in connection.execute("SELECT number FROM lamplighter_migrations WHERE number > 9000")}
