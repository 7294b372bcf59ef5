"""`lamplighter measure`: what this node's disk and registry can do, as `boot:` values of its pool."""

import argparse
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..measure.speed import Bounds, Speed

EPILOG = """\
exit codes: 0 measured, 2 it could not be measured

It runs on the node, behind everybody else (nice, ionice), and reads at most --bytes for at most --seconds each. For --disk it
writes --bytes first, and leaves 15 % of the disk free.

examples:
  lamplighter measure --disk /var/lib                     2 GiB are written there, read past the page cache, and removed
  lamplighter measure --files /models/qwen3-8b-awq        the model's own files
  lamplighter measure --image registry.example/lamplighter-worker-vllm:0.1.0
  lamplighter measure --wakes http://lamplighter-gateway:8080/metrics --worker extract
"""

DEFAULT_BYTES = "2GiB"
#: Beyond, a measurement would be a load of its own.
MOST_GIB = 64
MOST_SECONDS = 3600
UNITS = {"MiB": 1024**2, "GiB": 1024**3}


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "measure",
        help="disk, registry and wakes of a node, as boot: values",
        description="Measures on a node what a wake is made of, and prints it as boot: values with date and conditions.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    disk = parser.add_mutually_exclusive_group()
    disk.add_argument("--disk", type=Path, metavar="FOLDER", help="measure the disk of this folder, with files of --bytes")
    disk.add_argument("--files", type=Path, metavar="FOLDER", help="measure the disk with the files that are in this folder")
    parser.add_argument("--image", default="", metavar="REFERENCE", help="measure the registry with this image")
    parser.add_argument("--insecure", action="store_true", help="the registry has no TLS")
    parser.add_argument("--wakes", default="", metavar="URL", help="read the wakes that a gateway saw: its /metrics")
    parser.add_argument("--worker", default="", metavar="NAME", help="whose wakes (default: everybody's)")
    parser.add_argument("--bytes", default=DEFAULT_BYTES, metavar="SIZE", help=f"at most so much (default: {DEFAULT_BYTES})")
    parser.add_argument("--seconds", type=float, default=120.0, metavar="N", help="at most so long, each (default: 120)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints what was measured."""
    import platform  # noqa: PLC0415 (the parser alone should cost nothing)
    from datetime import date  # noqa: PLC0415

    from ..errors import CannotJudge  # noqa: PLC0415
    from ..measure.manners import be_last  # noqa: PLC0415
    from ..measure.registry import download, image_of  # noqa: PLC0415
    from ..measure.speed import Bounds  # noqa: PLC0415
    from ..measure.wakes import seen_stages  # noqa: PLC0415
    from ..report.measured import Measured, measured_json, measured_text  # noqa: PLC0415

    if not (arguments.disk or arguments.files or arguments.image or arguments.wakes):
        raise CannotJudge("Nothing is to be measured.", hint="Give --disk, --files, --image or --wakes.")
    if not 0 < arguments.seconds <= MOST_SECONDS:
        raise CannotJudge(f"--seconds {arguments.seconds:g} cannot be.", hint=f"Give more than 0, and {MOST_SECONDS} or less.")
    bounds = Bounds(most_bytes=_bytes(arguments.bytes), most_seconds=arguments.seconds)
    image = image_of(arguments.image, insecure=arguments.insecure) if arguments.image else None
    stages = seen_stages(arguments.wakes, arguments.worker) if arguments.wakes else {}
    manners = be_last() if arguments.disk or arguments.files or image else ""
    speeds: dict[str, Speed] = {}
    if image:
        speeds["imagePullMiBps"] = download(image, bounds, _told("downloaded"))
    if arguments.disk or arguments.files:
        speeds["diskReadMiBps"] = _disk(arguments, bounds)
    where = f"node {platform.node()}" + (f", {manners}" if manners else "")
    measured = Measured(date=f"{date.today():%Y-%m-%d}", where=where, speeds=speeds, stages=stages)
    print(measured_json(measured) if arguments.format == "json" else measured_text(measured))
    return 0


def _disk(arguments: argparse.Namespace, bounds: "Bounds") -> "Speed":
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..measure.disk import files_of, read_files  # noqa: PLC0415

    if arguments.files:
        try:
            there = sorted(file for file in arguments.files.rglob("*") if file.is_file() and file.stat().st_size)
        except OSError as error:
            raise CannotJudge(f"{arguments.files} cannot be read: {error.strerror}.", hint="Name a folder.") from error
        files = nullcontext(there)
    else:
        files = files_of(bounds.most_bytes, arguments.disk, _told("written"))  # type: ignore[assignment]
    with files as found:
        return read_files(found, bounds, _told("read"))


def _bytes(text: str) -> int:
    """A size with its unit. Raises `CannotJudge`."""
    from ..errors import CannotJudge  # noqa: PLC0415

    match = re.fullmatch(r"(\d{1,6})(MiB|GiB)", text)
    size = int(match[1]) * UNITS[match[2]] if match else 0
    if not 0 < size <= MOST_GIB * UNITS["GiB"]:
        raise CannotJudge(f"--bytes {text!r} cannot be.", hint=f"Give 1MiB to {MOST_GIB}GiB.")
    return size


def _told(word: str) -> Callable[[int, int], None]:
    """Says on a terminal how far it is."""
    if not sys.stderr.isatty():
        return lambda _done, _most: None

    def tell(done: int, most: int) -> None:
        part = min(1.0, done / most)
        bar = "#" * int(part * 30)
        print(f"\r{word:<10} [{bar:<30}] {part:4.0%}", end="\n" if part >= 1 else "", file=sys.stderr, flush=True)

    return tell
