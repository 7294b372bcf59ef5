"""A copy of the platform chart that renders without a network: each operator's chart is one that renders its own name."""

import shutil
from pathlib import Path

import yaml

from charts.render import PLATFORM

TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Chart.Name }}
data:
  version: {{ .Chart.Version | quote }}
"""


def with_standins(folder: Path) -> Path:
    """The copy, below `folder`. Its stand-ins have the names and versions that Chart.yaml pins."""
    chart = folder / PLATFORM.name
    shutil.copytree(PLATFORM, chart)
    for dependency in yaml.safe_load((chart / "Chart.yaml").read_text())["dependencies"]:
        standin = chart / "charts" / dependency["name"]
        (standin / "templates").mkdir(parents=True)
        about = {"apiVersion": "v2", "name": dependency["name"], "version": dependency["version"]}
        (standin / "Chart.yaml").write_text(yaml.safe_dump(about))
        (standin / "templates" / "configmap.yaml").write_text(TEMPLATE)
    return chart
