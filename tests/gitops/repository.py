"""A git repository as a user has it: this one's environments/, charts/ and argocd/ on `main`, with its own address in them."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from charts.render import ROOT
from charts.standins import with_standins
from cluster.programs import CRDS

#: The address that stands in argocd/ until a user puts theirs there.
PLACEHOLDER = "https://git.example.com/lamplighter.git"


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """A work tree; Argo CD reads what is committed in it."""

    folder: Path

    @property
    def url(self) -> str:
        """As Argo CD clones it."""
        return f"file://{self.folder}"

    def git(self, *arguments: str) -> str:
        """git's answer; fails with its complaint."""
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.folder, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def head(self) -> str:
        """The newest commit of main."""
        return self.git("rev-parse", "HEAD")

    def commit(self, message: str) -> str:
        """Commits the work tree as it is; gives the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head()

    def put_back(self, commit: str) -> str:
        """A new commit with the tree of an old one."""
        self.git("read-tree", "--reset", "-u", commit)
        self.git("clean", "--quiet", "--force", "-d", "-x")
        return self.commit("As it was")


def new_repository(folder: Path) -> Repository:
    """In an empty folder. One API server plays every cluster, so dev alone brings a platform; operators are stand-ins."""
    repository = Repository(folder=folder)
    for name in ("environments", "argocd"):
        shutil.copytree(ROOT / name, folder / name)
    for environment in ("staging", "prod"):
        (folder / "environments" / environment / "platform.yaml").unlink()
    shutil.copytree(ROOT / "charts" / "lamplighter-serving", folder / "charts" / "lamplighter-serving")
    keda = with_standins(folder / "charts") / "charts" / "keda"
    shutil.copytree(CRDS / "keda", keda / "crds")
    for path in (folder / "argocd").rglob("*.yaml"):
        path.write_text(path.read_text().replace(PLACEHOLDER, repository.url))
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit("The first")
    return repository
