"""The page docs/gpu.md, from predictions and measurements. Knows no card and no vLLM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MIB = 2**20
#: Predicted and measured part, as both programs name them.
PARTS = {"weights": "weights_bytes", "activation": "activation_bytes", "other": "non_torch_bytes", "graphs": "cuda_graph_bytes"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One shape. `predicted` has the keys of `lamplighter estimate --format json`, `measured` those of inside_vllm.py.

    Where vLLM did not start, `measured` is None and `why_not` its last line.
    """

    name: str
    predicted: Mapping[str, float]
    measured: Mapping[str, float] | None
    why_not: str = ""

    @property
    def predicted_bytes(self) -> float:
        """All of vLLM's memory but the cache."""
        return self.predicted["weights_bytes_per_gpu"] + sum(self.predicted[key] for key in list(PARTS.values())[1:])

    @property
    def measured_bytes(self) -> float:
        """The same, as vLLM's own worker counted it. Only where it started."""
        assert self.measured is not None
        return sum(self.measured[key] for key in PARTS.values())

    @property
    def measured_kv_tokens(self) -> float:
        """Tokens that the cache holds."""
        assert self.measured is not None
        return self.measured["kv_blocks"] * self.measured["kv_block_tokens"]


def vram(runs: Sequence[Run]) -> str:
    """Predicted / measured of every part in MiB, the whole without the cache, and the tokens of the cache."""
    lines = [
        f"| shape | {' | '.join(PARTS)} | all but the cache | error | tokens of the cache | error |",
        f"|{' --- |' * (len(PARTS) + 5)}",
    ]
    for run in runs:
        if run.measured is None:
            lines.append(f"| {run.name} | {' | '.join('–' for _ in PARTS)} | – | – | did not start: {run.why_not} | – |")
            continue
        predicted = {"weights_bytes": run.predicted["weights_bytes_per_gpu"]}
        cells = [_pair(predicted.get(key, run.predicted.get(key, 0)), run.measured[key]) for key in PARTS.values()]
        tokens = run.predicted["kv_tokens"]
        lines.append(
            f"| {run.name} | {' | '.join(cells)} | {_pair(run.predicted_bytes, run.measured_bytes)} "
            f"| {_error(run.predicted_bytes, run.measured_bytes)} | {tokens:.0f} / {run.measured_kv_tokens:.0f} "
            f"| {_error(tokens, run.measured_kv_tokens)} |"
        )
    return "\n".join(lines)


def wake(stages: Mapping[str, float]) -> str:
    """Seconds of each stage of a start from a model on disk, and the throughput of both."""
    ours, raw = stages["ours_tokens_per_second"], stages["raw_tokens_per_second"]
    return "\n".join(
        [
            "| what | figure |",
            "| --- | --- |",
            f"| import of vLLM and torch | {stages['import_seconds']:.1f} s |",
            f"| engine: weights, compilation, graphs | {stages['engine_seconds']:.1f} s |",
            f"| first answer of one token | {stages['first_token_seconds']:.2f} s |",
            f"| tokens a second: our engine / vLLM alone | {ours:.0f} / {raw:.0f} = {ours / raw:.2f} |",
        ]
    )


def _pair(predicted: float, measured: float) -> str:
    return f"{predicted / MIB:.0f} / {measured / MIB:.0f}"


def _error(predicted: float, measured: float) -> str:
    return f"{(predicted - measured) / measured:+.1%}" if measured else "–"
