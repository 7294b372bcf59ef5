"""`lamplighter observe ENV`: what git declares beside what the cluster shows. It reads, and writes nothing."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..domain.observed import Observed
    from ..rules.subject import Subject

EPILOG = """\
exit codes: 0 the cluster is as declared, 1 something differs, 2 it could not judge

examples:
  lamplighter observe prod --context prod-weu
  lamplighter observe prod --prometheus http://localhost:9090    also measured GPU memory against predicted
  lamplighter observe prod --format json

It runs kubectl, and needs no more than plugins/rights/observe.yaml allows. What it may not read is said, and the rest counts.
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "observe",
        help="compare an environment with its live cluster",
        description="Compares pools, drivers, memory and scaling of a live cluster with what git declares.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--context", default="", help="kubeconfig context (default: the current one)")
    parser.add_argument("--prometheus", metavar="URL", default="", help="where Prometheus answers, for measured GPU memory")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the comparison; 1 where something differs or the environment has to change first."""
    import sys  # noqa: PLC0415 (the parser alone should cost nothing)

    from ..cluster.client import Kubectl  # noqa: PLC0415
    from ..cluster.compare import compare  # noqa: PLC0415
    from ..cluster.observe import observe  # noqa: PLC0415
    from ..domain.observed import Verdict  # noqa: PLC0415
    from ..report.observed import observed_json, observed_text  # noqa: PLC0415
    from ..report.text import text_line  # noqa: PLC0415
    from .judge import judge_environment  # noqa: PLC0415
    from .terminal import screen  # noqa: PLC0415

    judgement = judge_environment(arguments.root, arguments.environment)
    environment, subject = judgement.environment, judgement.subject
    if environment is None or subject is None:
        for finding in judgement.findings:
            print(text_line(finding), file=sys.stderr)
        print(f"lamplighter: {arguments.environment} cannot be compared before its values hold.", file=sys.stderr)
        return 1
    observed = observe(Kubectl(context=arguments.context), namespace=environment.namespace, release=environment.release)
    observed = _with_memory(observed, arguments.prometheus, environment.namespace)
    rows = compare(subject.deployment, subject.chips, _predicted(subject), observed)
    print(
        observed_json(environment.name, rows) if arguments.format == "json" else observed_text(environment.name, rows, screen())
    )
    return int(any(row.verdict is Verdict.DIFFERS for row in rows))


def _with_memory(observed: "Observed", prometheus: str, namespace: str) -> "Observed":
    """Measured bytes beside the rest; where they are not to be had, why."""
    from ..cluster.prometheus import measured_vram  # noqa: PLC0415
    from ..domain.observed import VRAM  # noqa: PLC0415
    from ..errors import NotSeen  # noqa: PLC0415

    if not prometheus:
        return replace(observed, unseen={**observed.unseen, VRAM: "nobody asked: --prometheus names where it is measured"})
    try:
        return replace(observed, vram_bytes=measured_vram(prometheus, namespace))
    except NotSeen as missing:
        return replace(observed, unseen={**observed.unseen, VRAM: f"{missing.sentence}. {missing.hint}"})


def _predicted(subject: "Subject") -> "Mapping[str, int]":
    """The most that each worker's engines take on one GPU, over the pools they may run on."""
    from .memory import engine_memory  # noqa: PLC0415

    most: dict[str, int] = {}
    for row in engine_memory(subject):
        if row.needed_bytes:
            most[row.worker] = max(most.get(row.worker, 0), row.needed_bytes)
    return most
