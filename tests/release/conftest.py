"""One registry for the session, a helm with folders of its own, and a chart in it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from charts.render import HELM, SERVING
from release.registry import registry

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registry(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own Helm is read, and charts are kept for one test."""
    monkeypatch.setenv("HELM_BIN", str(HELM))
    for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "LAMPLIGHTER_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


def push(chart: Path, address: str, folder: str) -> str:
    """Packages and pushes a chart's folder as helm does; its digest."""
    work = chart.parent
    packed = subprocess.run([HELM, "package", chart, "-d", work], check=True, capture_output=True, text=True).stdout
    file = packed.strip().rpartition(" ")[2]
    command = [HELM, "push", file, f"oci://{address}/{folder}", "--plain-http"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = DIGEST.search(done.stdout + done.stderr)
    assert found
    return found[0]


def chart_copy(folder: Path) -> Path:
    """The serving chart in a folder of its own, for a test to change."""
    import shutil

    return Path(shutil.copytree(SERVING, folder / "lamplighter-serving"))
