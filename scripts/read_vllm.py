"""Adds versions of vLLM to plugins/src/lamplighter/data/engines/vllm.json from wheels: `scripts/read_vllm.py WHEEL…`.

Nothing of a wheel is run: its sources are parsed. Read are the engine's arguments (fields of EngineArgs and AsyncEngineArgs),
the architectures of its registry, the quantisation methods, and the least compute capability that each method's class returns.
What is built from expressions is missed, so absence means "not found here". A span is [since, until]: null is before the first
version, or still there in the last; a third entry lists versions in between that lack it. `undated` architectures stay.
"""

import ast
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "plugins/src/lamplighter/data/engines/vllm.json"
ARGUMENTS = "vllm/engine/arg_utils.py"
REGISTRY = "vllm/model_executor/models/registry.py"
QUANTIZATION = "vllm/model_executor/layers/quantization/"

Names = Mapping[str, set[str]]  # kind (arguments, architectures, quantizations) to the names a version has


def main(wheels: Sequence[str]) -> int:
    if not wheels:
        print("usage: scripts/read_vllm.py WHEEL…", file=sys.stderr)
        return 2
    data = json.loads(DATA.read_text())
    for wheel in wheels:
        version = Path(wheel).name.split("-")[1].partition("+")[0]
        with zipfile.ZipFile(wheel) as archive:
            names, capabilities = read(archive)
        data = with_version(data, version, names, capabilities)
    DATA.write_text(text(data))
    return 0


def read(archive: zipfile.ZipFile) -> tuple[Names, dict[str, int]]:
    """The names a version has, and the least capability of each method."""
    methods: dict[str, str] = {}  # method to the class that holds its configuration
    least: dict[str, int] = {}  # class to capability
    for file in archive.namelist():
        if file.startswith(QUANTIZATION) and file.endswith(".py"):
            tree = ast.parse(archive.read(file))
            least |= dict(_capabilities(tree))
            if file == f"{QUANTIZATION}__init__.py":
                methods = _methods(tree)
    names = {
        "arguments": set(_arguments(ast.parse(archive.read(ARGUMENTS)))),
        "architectures": set(_architectures(ast.parse(archive.read(REGISTRY)))),
        "quantizations": set(methods),
    }
    for kind, found in names.items():
        if not found:
            raise SystemExit(f"no {kind} found: this version says them elsewhere, and the script has to learn where")
    return names, {method: least[name] for method, name in methods.items() if name in least}


def _arguments(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in ("EngineArgs", "AsyncEngineArgs"):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield field.target.id


def _architectures(tree: ast.Module) -> Iterator[str]:
    """Keys of the tables named _…_MODELS, those of models that are no longer supported left out."""
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
        if not isinstance(target, ast.Name) or not target.id.endswith("_MODELS") or "PREVIOUSLY" in target.id:
            continue
        if isinstance(node.value, ast.Dict):
            yield from (str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))


def _methods(tree: ast.Module) -> dict[str, str]:
    """Method to class: the names in `QuantizationMethods = Literal[…]`, and the map from method to class if any."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found |= {str(item.value): found.get(str(item.value), "") for item in items if isinstance(item, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            found |= {
                str(key.value): value.id
                for key, value in pairs
                if isinstance(key, ast.Constant) and isinstance(value, ast.Name) and key.value in found
            }
    return found


def _capabilities(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Class to the number that its get_min_capability returns, where that is written as a number."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "get_min_capability":
                    for line in ast.walk(method):
                        if isinstance(line, ast.Return) and isinstance(line.value, ast.Constant):
                            yield node.name, int(line.value.value)


def with_version(data: Mapping[str, Any], version: str, names: Names, capabilities: Mapping[str, int]) -> dict[str, Any]:
    """The data with one more version, or with that version read anew."""
    versions = sorted({*data["versions"], version}, key=_numbers)
    changed = {**data, "versions": versions}
    for kind, has in names.items():
        seen = {name: _seen(span, data["versions"]) - {version} for name, span in data[kind].items()}
        for name in has:
            seen.setdefault(name, set()).add(version)
        changed[kind] = {name: _span(seen[name], versions) for name in sorted(seen) if seen[name]}
    least = {**data["leastCapability"], version: dict(sorted(capabilities.items()))}
    changed["leastCapability"] = {known: least[known] for known in sorted(least, key=_numbers)}
    return changed


def _seen(span: Sequence[Any], versions: Sequence[str]) -> set[str]:
    since, until, *lacking = span
    first = versions.index(since) if since else 0
    last = versions.index(until) if until else len(versions) - 1
    return set(versions[first : last + 1]) - set(lacking[0] if lacking else ())


def _span(seen: set[str], versions: Sequence[str]) -> list[Any]:
    order = [version for version in versions if version in seen]
    between = versions[versions.index(order[0]) : versions.index(order[-1]) + 1]
    lacking = [version for version in between if version not in seen]
    span: list[Any] = [None if order[0] == versions[0] else order[0], None if order[-1] == versions[-1] else order[-1]]
    return [*span, lacking] if lacking else span


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def text(data: Mapping[str, Any]) -> str:
    """JSON with one name a line, so that a new version's diff can be read."""
    parts = []
    for key, value in data.items():
        if isinstance(value, dict):
            lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in value.items())
            parts.append(f"  {json.dumps(key)}: {{\n{lines}\n  }}")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
