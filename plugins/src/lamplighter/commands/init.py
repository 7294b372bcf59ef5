"""`lamplighter init NAME`: a new environment that checks clean, from questions that flags answer."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..load.files import Files
    from .judge import Judgement
    from .newenvironment import Answers, Pool

EPILOG = """\
exit codes: 0 written, 1 nothing fits (nothing is written), 2 it could not be done

examples:
  lamplighter init try --cluster dev-kind                   on CPU, on a cluster that is there
  lamplighter init staging --cluster staging-aks --gpu t4   with a new pool of T4s
  lamplighter init staging --cluster staging-aks --gpu l4 --model qwen3-8b-awq

It takes the largest context and concurrency that fit the card, writes only what checks clean, and never over a file.
"""

#: Tried in this order, the longest context first: it decides which documents can be read at all.
CONTEXT_TOKENS = (8192, 4096, 2048)
CONCURRENCY = (8, 4, 2, 1)

#: Where no environment says yet which images run.
FIRST_VERSION: Mapping[str, Any] = {
    "chart": {"path": "charts/lamplighter-serving"},
    "images": {
        "gateway": {"repository": "localhost/lamplighter-gateway", "tag": "dev"},
        "worker": {"repository": "localhost/lamplighter-worker", "tag": "dev"},
    },
}
VLLM_IMAGE = {"repository": "localhost/lamplighter-worker-vllm", "tag": "dev"}


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "init",
        help="make a new environment",
        description="Writes environments/NAME, and the cluster's file where there is none.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", help="the environment's name")
    parser.add_argument("--cluster", required=True, help="its cluster, a file of environments/clusters or a new one")
    parser.add_argument("--gpu", default="", metavar="CHIP", help="chip of its GPUs, such as t4 (default: on CPU)")
    parser.add_argument("--model", default="", help="a model of environments/models (default: the only one that can run there)")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Writes the files and prints their names; 1, with the reasons, when no setting passes the check."""
    from ..load.newfiles import write_new  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..report.text import text_line  # noqa: PLC0415

    root: Path = arguments.root
    judgement, files = _best(root, _answers(arguments, root))
    for finding in judgement.findings:
        print(text_line(finding), file=sys.stderr)
    if judgement.refused:
        print(f"lamplighter: {arguments.name} would not pass its check; nothing was written.", file=sys.stderr)
        return 1
    write_new(root, files)
    if arguments.format == "json":
        print(json.dumps({"environment": arguments.name, "files": sorted(files)}, indent=2))
    else:
        print("\n".join(sorted(files)))
    return 0


def _answers(arguments: argparse.Namespace, root: Path) -> "Answers":
    """Flags, and what the tree says. Raises `CannotJudge` where they do not go together."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.files import Files  # noqa: PLC0415
    from .newenvironment import Answers  # noqa: PLC0415

    _refuse_odd_names(arguments.name, arguments.cluster)
    if not (root / "environments").is_dir():
        raise CannotJudge(f"{root} has no folder environments/.", hint="Run it in the repository's root, or say --root.")
    if (root / "environments" / arguments.name).exists():
        raise CannotJudge(f"environments/{arguments.name} is there already.", hint="Choose another name.")
    files = Files(root)
    cluster_file = f"environments/clusters/{arguments.cluster}.yaml"
    new_cluster = not files.exists(cluster_file)
    pool = _pool(
        arguments.gpu, {} if new_cluster else _map(files, cluster_file, "gpuPools"), arguments.cluster, new=new_cluster
    )
    model, entry = _model(files, arguments.model, on_gpu=pool is not None)
    return Answers(
        name=arguments.name,
        cluster=arguments.cluster,
        new_cluster=new_cluster,
        pool=pool,
        model=model,
        engine=_engine(entry),
        context_tokens=_positions(entry),
        concurrency=CONCURRENCY[0],
        version=_version(files, with_vllm=pool is not None),
    )


def _refuse_odd_names(name: str, cluster: str) -> None:
    """Raises `CannotJudge` for names that environment.yaml could not say: they become paths here."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..findings import Places  # noqa: PLC0415
    from ..load.packaged import environment_schema  # noqa: PLC0415
    from ..load.schemas import check_schema  # noqa: PLC0415

    said = {"name": name, "cluster": cluster, "release": "lamplighter"}
    odd = check_schema(environment_schema(), said, Places([("environment.yaml", {})]))
    # These are the names of folders of environments/ that are no environment.
    if odd or name in ("clusters", "models"):
        sentence = odd[0].sentence if odd else f"{name} is a folder with another purpose"
        raise CannotJudge(f"{sentence}.", hint="Use small letters, digits and hyphens.")


def _pool(chip: str, pools: Mapping[str, Any], cluster: str, *, new: bool) -> "Pool | None":
    """The cluster's first pool with the chip, or a new cluster's."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.packaged import gpu_chips  # noqa: PLC0415
    from .newenvironment import MOST_REPLICAS, Pool  # noqa: PLC0415

    if not chip:
        return None
    if chip not in gpu_chips():
        raise CannotJudge(
            f"The chip {chip[:40]!r} is not in the GPU table.", hint=f"Known are {', '.join(sorted(gpu_chips()))}."
        )
    if new:
        return Pool(name=chip, chip=chip, most_replicas=MOST_REPLICAS)
    for name, entry in sorted(pools.items()):
        if isinstance(entry, dict) and entry.get("chip") == chip:
            return Pool(name=name, chip=chip, most_replicas=_most_replicas(entry))
    there = ", ".join(sorted({str(entry.get("chip")) for entry in pools.values() if isinstance(entry, dict)})) or "none"
    raise CannotJudge(f"Cluster {cluster} has no pool of {chip}; its chips: {there}.", hint="Add a pool, or name another chip.")


def _most_replicas(entry: Mapping[str, Any]) -> int:
    nodes, gpus = entry.get("nodes"), entry.get("gpusPerNode")
    most = nodes.get("max") if isinstance(nodes, dict) else None
    return max(1, most * gpus) if isinstance(most, int) and isinstance(gpus, int) else 1


def _model(files: "Files", wanted: str, *, on_gpu: bool) -> tuple[str, Mapping[str, Any]]:
    """The model's name and entry."""
    from ..errors import CannotJudge  # noqa: PLC0415

    models = {
        name: entry
        for file in files.names("environments/models")
        for name, entry in _map(files, file, "models").items()
        if isinstance(entry, dict)
    }
    fitting = sorted(name for name, entry in models.items() if (_engine(entry) == "vllm") == on_gpu)
    where = "on a GPU" if on_gpu else "on CPU"
    if wanted and wanted not in models:
        raise CannotJudge(f"There is no model {wanted[:63]!r}.", hint=f"Models here: {', '.join(sorted(models)) or 'none'}.")
    if wanted and wanted not in fitting:
        raise CannotJudge(f"{wanted} does not run {where} here.", hint=f"Models that do: {', '.join(fitting) or 'none'}.")
    if not wanted and len(fitting) != 1:
        hint = f"Say --model, one of: {', '.join(fitting)}." if fitting else "Make one with lamplighter import."
        raise CannotJudge(f"{len(fitting)} models can run {where}.", hint=hint)
    name = wanted or fitting[0]
    return name, models[name]


def _engine(entry: Mapping[str, Any]) -> str:
    """GGUF files are read by llama.cpp, which runs on CPU here; everything else is vLLM's."""
    return "llamacpp" if entry.get("quantization") == "gguf" else "vllm"


def _positions(entry: Mapping[str, Any]) -> int:
    config = entry.get("config")
    said = config.get("max_position_embeddings") if isinstance(config, dict) else None
    return min(said, CONTEXT_TOKENS[0]) if isinstance(said, int) and not isinstance(said, bool) else CONTEXT_TOKENS[0]


def _version(files: "Files", *, with_vllm: bool) -> Mapping[str, Any]:
    """What the first environment runs: a new one begins with the same."""
    version = dict(FIRST_VERSION)
    for file in sorted(files.root.glob("environments/*/version.yaml")):
        if layer := files.layer(file.relative_to(files.root).as_posix()):
            version = dict(layer.data)
            break
    images = version.get("images")
    if with_vllm and isinstance(images, dict):
        version["images"] = {"workerVllm": VLLM_IMAGE} | images
    return version


def _map(files: "Files", file: str, key: str) -> Mapping[str, Any]:
    """A key's map in a file; empty where there is none. What is wrong with it, `check` says."""
    layer = files.layer(file)
    value = layer.data.get(key) if layer else None
    return value if isinstance(value, dict) else {}


def _candidates(answers: "Answers") -> Iterator["Answers"]:
    """Less and less context and concurrency. On CPU the first: memory is not what limits there."""
    if answers.pool is None:
        yield replace(answers, concurrency=CONCURRENCY[2])
        return
    for context in dict.fromkeys(min(answers.context_tokens, tokens) for tokens in CONTEXT_TOKENS):
        for concurrency in CONCURRENCY:
            yield replace(answers, context_tokens=context, concurrency=concurrency)


def _best(root: Path, answers: "Answers") -> tuple["Judgement", dict[str, str]]:
    """The first files that are clean, else that pass with warnings, else those that were tried first."""
    from .newenvironment import environment_files  # noqa: PLC0415

    trials: list[tuple[Judgement, dict[str, str]]] = []
    for candidate in _candidates(answers):
        files = environment_files(candidate)
        trials.append((_judged(root, candidate.name, files), files))
        if not trials[-1][0].findings:
            return trials[-1]
    return next((trial for trial in trials if not trial[0].refused), trials[0])


def _judged(root: Path, name: str, files: Mapping[str, str]) -> "Judgement":
    """The judgement of files that are not in the tree yet, in a copy of what they stand on."""
    from .judge import judge_environment  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="lamplighter-") as folder:
        trial = Path(folder)
        (trial / "environments").mkdir()
        for part in ("models", "clusters"):
            if (root / "environments" / part).is_dir():
                shutil.copytree(root / "environments" / part, trial / "environments" / part)
        (trial / "charts").symlink_to((root / "charts").absolute())
        for file, text in files.items():
            (trial / file).parent.mkdir(parents=True, exist_ok=True)
            (trial / file).write_text(text, encoding="utf-8")
        return judge_environment(trial, name)
