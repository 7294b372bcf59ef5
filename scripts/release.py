"""One version of both charts and both Python packages: packed, pushed, read back, written into an environment's version.yaml.

What is packed is the commit, not the folder, with every file of one date: the same tree gives the same bytes and the same
digests on any machine. A version that is out does not change, so one that the registry has with other bytes is refused.
"""

import argparse
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from lamplighter.errors import PluginError
from lamplighter.load.helm import NotPulled, Pulled, find_helm, plain_http, pull
from lamplighter.load.yamledit import NotEditable, with_value, without_value

CHARTS = ("lamplighter-platform", "lamplighter-serving")
PACKAGES = ("plugins", "serving")
#: Where the version stands, and how: a test of each keeps the list whole.
VERSIONS = (
    *((f"charts/{chart}/Chart.yaml", rf"^{key}: \"?([^\s\"]+)") for chart in CHARTS for key in ("version", "appVersion")),
    *((f"{package}/pyproject.toml", r'^version = "([^"]+)"') for package in PACKAGES),
    ("plugins/plugin.yaml", r"^version: (\S+)"),
    ("plugins/src/lamplighter/about.py", r'^VERSION = "([^"]+)"'),
    ("serving/src/lamplighter_serving/__init__.py", r'^__version__ = "([^"]+)"'),
)
#: 1980-01-01, the first day that a wheel, a zip file, can say.
DATE = 315_532_800
IMAGES = ("gateway", "worker", "workerVllm")
#: What images.workerVllm is built from.
VLLM_LOCK = "requirements/worker-vllm.lock"
IMAGE = re.compile(r"(?P<name>[A-Za-z]+)=(?P<repository>[a-z0-9][a-z0-9._/:-]*)@(?P<digest>sha256:[0-9a-f]{64})")
REGISTRY = re.compile(r"oci://[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*")

EPILOG = """\
exit codes: 0 released, or could be (--dry-run); 1 it must not be; 2 a tool is missing or failed

examples:
  scripts/release --dry-run
  scripts/release --registry oci://ghcr.io/me/charts --image gateway=ghcr.io/me/lamplighter-gateway@sha256:…
  scripts/release --registry oci://127.0.0.1:5000/charts      a registry on this machine speaks plain HTTP

Log in first with helm registry login. The change of version.yaml is left for you to commit.
"""


class Refused(Exception):
    """Why there is no release."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """The files of a release."""

    charts: dict[str, Path]
    wheels: list[Path]


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    root: Path = asked.root.resolve()
    try:
        images = dict(map(_image, asked.image))
        sizes = dict(map(_size, asked.image_size))
        version = _version(root, asked.version)
        _clean(root)
        _tag(root, version)
        with tempfile.TemporaryDirectory() as folder:
            packed = _pack(root, Path(folder), version)
            for file in (*packed.charts.values(), *packed.wheels):
                print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
            if asked.out:
                asked.out.mkdir(parents=True, exist_ok=True)
                for file in (*packed.charts.values(), *packed.wheels):
                    (asked.out / file.name).write_bytes(file.read_bytes())
            if asked.dry_run:
                print(f"{version} can be released; nothing was pushed or written.")
                return 0
            digests = _publish(packed, asked.registry, version, Path(folder))
        chart = {
            "repository": asked.registry,
            "version": version,
            "digest": digests["lamplighter-serving"],
            "platformDigest": digests["lamplighter-platform"],
        }
        _write(root / f"environments/{asked.environment}/version.yaml", chart, images, sizes)
    except Refused as refusal:
        print(f"release: {refusal}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else error.stderr
        words = " ".join([Path(error.cmd[0]).name, *map(str, error.cmd[1:3])])
        print(f"release: {words} says: {(said or '').strip() or error}", file=sys.stderr)
        return 2
    except PluginError as error:
        print(f"release: {error.sentence} {error.hint}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/release", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--registry", type=_registry, help="where both charts go, such as oci://ghcr.io/me/charts")
    where.add_argument("--dry-run", action="store_true", help="check and pack, without a registry; write nothing")
    parser.add_argument("--version", help="refuse unless the tree is of this version")
    parser.add_argument("--image", action="append", default=[], metavar="NAME=REPOSITORY@sha256:…", help=", ".join(IMAGES))
    parser.add_argument("--image-size", action="append", default=[], metavar="NAME=BYTES", help="what a node pulls, compressed")
    parser.add_argument("--environment", default="dev", help="whose version.yaml is written (default: dev)")
    parser.add_argument("--out", type=Path, help="keep the charts and wheels in this folder")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the repository")
    return parser


def _registry(text: str) -> str:
    if not REGISTRY.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not like oci://ghcr.io/me/charts")
    return text


def _image(text: str) -> tuple[str, tuple[str, str]]:
    match = IMAGE.fullmatch(text)
    if not match or match["name"] not in IMAGES:
        raise Refused(f"--image {text}: write NAME=REPOSITORY@sha256:…, NAME one of {', '.join(IMAGES)}.")
    return match["name"], (match["repository"], match["digest"])


def _size(text: str) -> tuple[str, int]:
    name, _equals, size = text.partition("=")
    if name not in IMAGES[1:] or not size.isdecimal():
        raise Refused(f"--image-size {text}: write NAME=BYTES, NAME one of {', '.join(IMAGES[1:])}.")
    return name, int(size)


def _version(root: Path, wanted: str | None) -> str:
    """The one version of everything."""
    found = {}
    for file, pattern in VERSIONS:
        match = re.search(pattern, (root / file).read_text(), re.MULTILINE)
        if match is None:
            raise Refused(f"{file} says no version.")
        found.setdefault(match[1], []).append(file)
    if len(found) > 1:
        listed = "; ".join(f"{version} in {', '.join(files)}" for version, files in found.items())
        raise Refused(f"versions disagree: {listed}.")
    (version,) = found
    if wanted and wanted != version:
        raise Refused(f"the tree is of version {version}, not {wanted}: set it in {', '.join(dict(VERSIONS))}.")
    return version


def _clean(root: Path) -> None:
    changed = _git(root, "status", "--porcelain").decode().splitlines()
    if changed:
        shown = ", ".join(line[3:] for line in changed[:3]) + (" and more" if len(changed) > 3 else "")
        raise Refused(f"the tree has changes that are not committed ({shown}): commit or remove them; a release is a commit.")


def _tag(root: Path, version: str) -> None:
    commit = _git(root, "rev-parse", "HEAD")
    tag = f"refs/tags/v{version}^{{commit}}"
    command = ["git", "-C", root, "rev-parse", "--quiet", "--verify", tag]
    tagged = subprocess.run(command, capture_output=True, check=False).stdout
    if tagged and tagged != commit:
        raise Refused(f"v{version} is the tag of another commit, {tagged.decode().strip()[:12]}: raise the version.")


def _pack(root: Path, folder: Path, version: str) -> Packed:
    tree = folder / "tree"
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "HEAD", "charts", *PACKAGES))) as archive:
        archive.extractall(tree, filter="data")
    charts = {}
    for chart in CHARTS:
        if (yaml.safe_load((tree / "charts" / chart / "Chart.yaml").read_bytes()) or {}).get("dependencies"):
            _run(find_helm(), "dependency", "update", str(tree / "charts" / chart))
            # Its date is the only thing in it that the next run would write otherwise; Chart.yaml has the exact versions.
            (tree / "charts" / chart / "Chart.lock").unlink(missing_ok=True)
        _one_date(tree / "charts" / chart)
        _run(find_helm(), "package", str(tree / "charts" / chart), "--destination", str(folder))
        charts[chart] = folder / f"{chart}-{version}.tgz"
        # The registry's manifest says when the archive was made; Helm reads that from the file.
        os.utime(charts[chart], (DATE, DATE))
    wheels = folder / "wheels"
    for package in PACKAGES:
        _one_date(tree / package)
        _run(*_builder(), str(tree / package), "--out-dir", str(wheels), environment={"SOURCE_DATE_EPOCH": str(DATE)})
    return Packed(charts=charts, wheels=sorted(wheels.glob("*.whl")))


def _builder() -> tuple[str, ...]:
    """uv, which scripts/setup puts beside this Python, builds wheels as their pyproject.toml says."""
    beside = Path(sys.executable).parent / "uv"
    program = str(beside) if beside.exists() else "uv"
    return program, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable


def _one_date(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (DATE, DATE))


def _publish(packed: Packed, registry: str, version: str, folder: Path) -> dict[str, str]:
    """Pushes what is not there; the digests as the registry says them afterwards."""
    there = {chart: _there(f"{registry}/{chart}", version, folder / f"before-{chart}") for chart in CHARTS}
    for chart, pulled in there.items():
        if pulled and pulled.file.read_bytes() != packed.charts[chart].read_bytes():
            raise Refused(f"{registry}/{chart} {version} is there with other bytes ({pulled.digest}): raise the version.")
    if all(there.values()):
        raise Refused(f"{version} is released already, with the same bytes. Raise the version for a new one.")
    digests = {}
    for chart, file in packed.charts.items():
        # One that is there is what an interrupted run left.
        if not there[chart]:
            _run(find_helm(), "push", str(file), registry, *plain_http(registry))
        back = _there(f"{registry}/{chart}", version, folder / f"after-{chart}")
        if back is None or back.file.read_bytes() != file.read_bytes():
            raise Refused(f"{registry}/{chart} {version} is not what was pushed: somebody else releases at the same time.")
        digests[chart] = back.digest
        print(f"{registry}/{chart}:{version}@{back.digest}")
    return digests


def _there(reference: str, version: str, folder: Path) -> Pulled | None:
    """What the registry has; None where it says that it has none."""
    folder.mkdir()
    found = pull(reference=reference, version=version, folder=folder)
    if isinstance(found, NotPulled):
        if not found.missing:
            hint = "Look whether it answers and helm registry login was done."
            raise Refused(f"{reference} cannot be asked: {found.reason}. {hint}")
        return None
    return found


def _write(file: Path, chart: dict[str, str], images: dict[str, tuple[str, str]], sizes: dict[str, int]) -> None:
    """The environment's version.yaml: the charts instead of a folder, and the images that were given, their tags taken out."""
    text = file.read_text()
    try:
        for key, value in chart.items():
            text = with_value(text, ("chart", key), value)
        text = without_value(text, ("chart", "path"))
        for name, (repository, digest) in images.items():
            text = with_value(text, ("images", name, "repository"), repository)
            text = with_value(text, ("images", name, "digest"), digest)
            text = without_value(text, ("images", name, "tag"))
        if "workerVllm" in images:
            text = with_value(text, ("images", "workerVllm", "engineVersion"), _vllm(file.parents[2]))
        for name, size in sizes.items():
            text = with_value(text, ("images", name, "sizeBytes"), size)
    except NotEditable as error:
        raise Refused(f"the charts are out, but {file} cannot be written: {error}.") from error
    file.write_text(text)
    name = file.parent.name
    print(f"written: environments/{name}/{file.name}; commit it, and {name} runs {chart['version']}.")


def _vllm(root: Path) -> str:
    """The version of vLLM that the image for GPUs is built with: memory is computed for it."""
    match = re.search(r"^vllm==([^\s;]+)", (root / VLLM_LOCK).read_text(), re.MULTILINE)
    if match is None:
        raise Refused(f"{VLLM_LOCK} pins no vllm.")
    return match[1]


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True).stdout


def _run(*command: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | (environment or {}))
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
