"""`lamplighter import SOURCE`: a model's own files become `environments/models/<model>.yaml`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

EPILOG = """\
exit codes: 0 done, 2 it could not be done

examples:
  lamplighter import ~/.cache/huggingface/hub/models--Qwen--Qwen3-8B-AWQ/snapshots/<commit> --write
  lamplighter import config.json --repo Qwen/Qwen3-8B-AWQ --license Apache-2.0
  lamplighter import config.json --index model.safetensors.index.json --repo … --license …

Only headers of safetensors files are read, never a tensor; a header alone, fetched by itself, is enough.
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "import",
        help="make a model's values from its own files",
        description="Reads a model's folder, or its config.json with an index, and prints environments/models/<model>.yaml.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a model's folder, or its config.json")
    parser.add_argument("--index", type=Path, metavar="FILE", help="model.safetensors.index.json (default: beside config.json)")
    parser.add_argument("--name", default="", help="its name here (default: its repository's name, in small letters)")
    parser.add_argument("--repo", default="", metavar="OWNER/NAME", help="where it is published (default: as its files say)")
    parser.add_argument("--revision", default="", metavar="COMMIT", help="its commit (default: as the hub's cache says)")
    parser.add_argument("--license", default="", metavar="SPDX", help="its licence (default: as its README says)")
    parser.add_argument("--write", action="store_true", help="write the file; an existing one is never touched")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the file, or writes it and says where."""
    from ..load.modelfolder import Said, import_model  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.newfiles import write_new  # noqa: PLC0415

    said = Said(name=arguments.name, repo=arguments.repo, revision=arguments.revision, licence=arguments.license)
    model = import_model(arguments.source, said, index=arguments.index)
    file = f"environments/models/{model.name}.yaml"
    if arguments.write:
        write_new(arguments.root, {file: model.text})
    if arguments.format == "json":
        report = {"name": model.name, "file": file, "written": arguments.write, "model": model.entry}
        print(json.dumps(report, indent=2))
    elif arguments.write:
        print(f"{file} is written.", file=sys.stderr)
    else:
        print(model.text, end="")
    return 0
