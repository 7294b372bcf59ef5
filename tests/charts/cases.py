"""Every render that this repository promises: each ci/ values file, each environment, each helm command of a README.

Nothing is listed by hand: a new file, environment or command is a new case.
"""

import functools
import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from charts.render import PLATFORM, ROOT, SERVING, Rendered, render
from charts.standins import with_standins
from lamplighter.load.environments import environment_names, read_environment, read_sources
from lamplighter.load.files import Files

#: READMEs that tell people to run Helm.
READMES = ("README.md", "docs/*.md", "charts/*/README.md", "environments/README.md", "argocd/README.md", "plugins/README.md")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A chart with values files in the order they count."""

    chart: Path
    name: str
    files: tuple[Path, ...]
    release: str = "lamplighter"
    namespace: str = "serving"

    def __str__(self) -> str:
        return f"{self.chart.name}/{self.name}"

    @property
    def pod_security(self) -> str:
        """The level that its namespace needs: hostPath is allowed by `privileged` alone."""
        said = [(yaml.safe_load(file.read_text()) or {}).get("access", {}).get("hostPath", False) for file in self.files]
        return "privileged" if any(said) else "restricted"

    def render(self, *, namespace: str = "") -> Rendered:
        """`helm template` of it. The operators' charts below the platform's are stand-ins."""
        return render(chart_to_render(self.chart), *self.files, release=self.release, namespace=namespace or self.namespace)


@functools.cache
def chart_to_render(chart: Path) -> Path:
    """The chart itself, or a copy of it with stand-ins for what it depends on."""
    if chart != PLATFORM:
        return chart
    return with_standins(Path(_folder().name))


def reviewed() -> list[Case]:
    """The cases that have a golden file: ci/ values and environments."""
    return [*_ci(), *_environments()]


def documented() -> list[Case]:
    """Helm commands that a README tells people to run, with the files they name."""
    return [case for pattern in READMES for page in sorted(ROOT.glob(pattern)) for case in _commands(page)]


def _ci() -> list[Case]:
    return [
        Case(chart=chart, name=f"ci-{path.name.removesuffix('-values.yaml')}", files=(path,))
        for chart in (SERVING, PLATFORM)
        for path in sorted((chart / "ci").glob("*-values.yaml"))
    ]


def _environments() -> list[Case]:
    cases = []
    for name in environment_names(ROOT):
        files = Files(ROOT)
        environment = read_environment(files, name)
        assert environment is not None, files.findings
        layers = read_sources(files, environment).layers
        assert files.findings == []
        namespace = environment.namespace
        serving = tuple(ROOT / layer.file for layer in layers)
        cases.append(
            Case(chart=SERVING, name=f"environment-{name}", files=serving, release=environment.release, namespace=namespace)
        )
        platform = ROOT / "environments" / name / "platform.yaml"
        if platform.exists():
            cases.append(Case(chart=PLATFORM, name=f"environment-{name}", files=(platform,), release="platform"))
    return cases


def _commands(page: Path) -> list[Case]:
    """The `helm install`, `upgrade` and `template` commands of its shell blocks that name one of our charts."""
    cases = []
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), flags=re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            # The plugin's list of an environment is that environment's case.
            words = shlex.split(line, comments=True) if "$(" not in line else []
            chart = next((chart for chart in (SERVING, PLATFORM) if f"charts/{chart.name}" in words), None)
            if words[:1] != ["helm"] or words[1] not in ("install", "upgrade", "template") or chart is None:
                continue
            files = tuple(ROOT / words[at + 1] for at, word in enumerate(words) if word in ("-f", "--values"))
            release = next(word for word in words[2:] if not word.startswith("-"))
            name = f"{page.relative_to(ROOT).with_suffix('')}-{len(cases) + 1}".replace("/", "-")
            cases.append(Case(chart=chart, name=name, files=files, release=release))
    return cases


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="lamplighter-charts-")
