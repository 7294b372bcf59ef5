"""One registry for the session, and a helm with folders of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from charts.render import HELM
from release.registry import registry


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
