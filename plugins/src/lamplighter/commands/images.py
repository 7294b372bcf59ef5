"""`lamplighter images ENV`: every image of an environment, to be copied into a registry of one's own."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

EPILOG = """\
exit codes: 0 printed, 1 the environment has to change first, 2 it could not judge

examples:
  lamplighter images prod
  lamplighter images prod --format json
  lamplighter images prod | xargs -I{} crane copy {} registry.example/mirror/{}

With images.registry set, the references are those in that registry. Images without a digest are told on stderr: a tag may move.
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "images",
        help="print every container image of an environment",
        description="Renders the environment with Helm and prints the images in it, one a line.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the list; 1, and nothing on stdout, where the environment is refused."""
    from ..load.manifests import image_uses  # noqa: PLC0415 (the parser alone should cost nothing)
    from .rendered import rendered_environment  # noqa: PLC0415

    rendered = rendered_environment(arguments.root, arguments.environment)
    if rendered is None:
        return 1
    images = image_uses(rendered.objects)
    for image in images:
        if not image.pinned:
            print(f"lamplighter: {image.reference} has no digest; the bytes behind a tag may change.", file=sys.stderr)
    if arguments.format == "json":
        report = [{"reference": image.reference, "pinned": image.pinned, "usedBy": list(image.used_by)} for image in images]
        print(json.dumps({"environment": arguments.environment, "images": report}, indent=2))
    else:
        print("\n".join(image.reference for image in images))
    return 0
