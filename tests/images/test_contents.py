"""What is in an image, and what must not be: read from its file system."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from images.conftest import ROOT
from images.container import Image, container

COMPILERS = re.compile(r"(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang|tcc|ld|as|nvcc|make)(-[\d.]+)?")
WEIGHTS = frozenset({".gguf", ".safetensors", ".pt", ".pth", ".onnx"})
#: Anyone's configuration may name them, and so may Debian's own packages. So with where pip looks by default, which pip tells.
DEBIANS_OWN_HOSTS = frozenset({"deb.debian.org", "security.debian.org", "snapshot.debian.org"})
PIPS_OWN_HOSTS = "from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)"
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\n(.*?)\n-----END CERTIFICATE-----", re.DOTALL)
#: The flag of a .pyc that is never compared with its source (PEP 552).
UNCHECKED_HASH = 1


#: Which of our packages is in which image, and whose user it runs as: Argo CD's sidecar shares a socket with the repo server.
PACKAGES = {"gateway": "lamplighter-serving", "worker": "lamplighter-serving", "cmp": "lamplighter"}
USERS = {"gateway": 10001, "worker": 10001, "cmp": 999}


@pytest.fixture(params=sorted(PACKAGES))
def image(request: pytest.FixtureRequest) -> Image:
    """Each image in turn."""
    found: Image = request.getfixturevalue(request.param)
    return found


def files(image: Image) -> Iterator[Path]:
    """Every regular file of the image."""
    for folder, _, names in os.walk(image.root):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def distributions(image: Image) -> set[str]:
    """Names of the Python packages in the image, as they compare."""
    packages = image.root.glob("opt/lamplighter/lib/python3.*/site-packages/*.dist-info")
    return {_comparable(path.name.split("-")[0]) for path in packages}


def locked(name: str) -> set[str]:
    """Names of the packages in a lock."""
    lock = (ROOT / "requirements" / f"{name}.lock").read_text()
    return {_comparable(line.split("==")[0]) for line in lock.splitlines() if re.match(r"[\w.-]+==", line)}


def _comparable(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(image: Image) -> str:
    """As scripts/images calls it."""
    return image.name.rpartition("-")[2].partition(":")[0]


def test_has_the_packages_of_its_lock_and_ours(image: Image) -> None:
    assert distributions(image) == locked(name_of(image)) | {PACKAGES[name_of(image)]}


def test_gateway_has_no_engine_no_ray_and_no_ocr(gateway: Image) -> None:
    assert not distributions(gateway) & {"ray", "xllamacpp", "vllm", "torch", "transformers", "numpy"}
    libraries = re.compile(r"lib(llama|ggml|torch|cuda|tesseract)|tesseract")
    assert not [path for path in files(gateway) if libraries.match(path.name)]


def test_no_pip_compiler_or_package_list_is_left(image: Image) -> None:
    left = []
    for path in files(image):
        inside = path.relative_to(image.root)
        pip = {"pip", "ensurepip"} & set(inside.parts) or re.fullmatch(r"pip-.*\.whl|pip[\d.]*", path.name)
        compiler = path.parent.name in ("bin", "sbin") and COMPILERS.fullmatch(path.name)
        if pip or compiler or inside.is_relative_to("var/lib/apt/lists") or inside.is_relative_to("var/cache/apt"):
            left.append(str(inside))
    assert not left


def test_no_weights_are_inside(image: Image) -> None:
    assert not [path for path in files(image) if path.suffix in WEIGHTS]


def test_runs_as_nobody_special_and_says_what_it_is(image: Image) -> None:
    user = USERS[name_of(image)]
    assert image.config["User"] == f"{user}:{user}"
    labels = image.config["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] == "test"
    assert {f"org.opencontainers.image.{name}" for name in ("title", "source", "revision")} <= set(labels)
    bare = replace(image, config={**image.config, "Entrypoint": []})
    with container(bare, ["python3", "-c", "import sys; print(sys.version_info >= (3, 11))"]) as python:
        assert python.wait(30) == 0
        assert python.output.strip() == "True"


def test_nothing_belongs_to_the_user_it_runs_as(image: Image) -> None:
    # What a hijacked process could change would outlive it where the root is writable after all.
    assert not [path for path in files(image) if path.stat().st_uid in USERS.values() or path.stat().st_mode & 0o002]


def test_compiled_code_is_never_compared_with_its_source(image: Image) -> None:
    # Times of layers are constant, so a comparison by time would compile everything anew at each start, and could not keep it.
    compiled = [path for path in files(image) if path.suffix == ".pyc"]
    flags = {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled}
    assert flags == {UNCHECKED_HASH}
    package = PACKAGES[name_of(image)].replace("-", "_")
    ours = next(image.root.glob(f"opt/lamplighter/lib/python3.*/site-packages/{package}"))
    assert len(list(ours.rglob("*.pyc"))) == len(list(ours.rglob("*.py")))


def test_worker_reads_czech_and_english(worker: Image) -> None:
    with container(worker, ["tesseract", "--list-langs"]) as tesseract:
        assert tesseract.wait(30) == 0
        assert {"ces", "eng"} <= set(tesseract.output.split())


def test_nothing_of_this_machines_way_to_packages_is_inside(image: Image) -> None:
    ours = [host.encode() for host in _hosts_of_this_machine()] + _certificates_of_this_machine(image)
    if not ours:
        pytest.skip("this machine has neither a mirror nor a certificate authority of its own")
    trace = re.compile(b"|".join(map(re.escape, ours)))
    assert not [str(path) for path in files(image) if trace.search(path.read_bytes())]
    for name in ("etc/pip.conf", "etc/apt/auth.conf", "root/.netrc", "root/.config"):
        assert not (image.root / name).exists()
    assert not list((image.root / "run").rglob("*.conf"))


def _hosts_of_this_machine() -> set[str]:
    texts = [value for name, value in os.environ.items() if name.lower().endswith("_proxy") and name.lower() != "no_proxy"]
    commands = (
        ("python3", "-m", "pip", "config", "list"),
        ("apt-config", "dump", "Acquire::http"),
        ("apt-config", "dump", "Acquire::https"),
    )
    for command in commands:
        texts.append(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    apt = Path("/etc/apt")
    texts += [path.read_text() for path in (*apt.glob("sources.list"), *apt.glob("sources.list.d/*"))]
    found = set(re.findall(r"https?://(?:[^/\s@]+@)?([\w.-]+)", "\n".join(texts)))
    pips_own = subprocess.run(("python3", "-c", PIPS_OWN_HOSTS), capture_output=True, text=True, check=True).stdout.split()
    return found - DEBIANS_OWN_HOSTS - set(pips_own)


def _certificates_of_this_machine(image: Image) -> list[bytes]:
    """A line of each certificate that is trusted here and that Debian's package in the image does not bring."""
    here = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    if not here.exists():
        return []
    package = {body for path in (image.root / "usr/share/ca-certificates").rglob("*.crt") for body in _bodies(path)}
    return [body.splitlines()[2].encode() for body in _bodies(here) if body not in package]


def _bodies(path: Path) -> list[str]:
    return CERTIFICATE.findall(path.read_text(errors="replace"))
