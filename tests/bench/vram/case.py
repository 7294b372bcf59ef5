"""One published run of an engine: what was set, and what its log said. An empty cell means "not seen", never "default".

`cases.csv` holds the runs the model was looked at with, `heldout.csv` those of architectures nobody looked at; `models.json`
the config.json of each model, with the source of its keys. GiB are 2^30 bytes, per GPU.
"""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GIB = 2**30

#: Memory that the driver reports, where a row names the card but not its memory (GiB; plugins/src/lamplighter/data/gpus.yaml).
CARD_GIB: Mapping[str, float] = {
    "A100-80GB": 79.25,
    "H100 80GB": 79.18,
    "H100": 79.18,
    "H100 NVL 94GB (Azure Standard_NC80adis_H100_v5)": 93.58,
    "H200": 140.4,
    "RTX 3090": 23.58,
    "RTX 5090": 31.36,
    "RTX PRO 6000 Blackwell 96GB": 95.0,
    "L40S": 44.42,
    "A10 24GB": 22.49,
    "RTX A5000 24GB": 23.55,
    "A100-40GB": 39.39,
}

#: Cards of the rows that the program's own table has (plugins/src/lamplighter/data/gpus.yaml); of others it gets the memory.
CARD_KEYS: Mapping[str, str] = {
    "T4": "t4",
    "A10 24GB": "a10",
    "L40S": "l40s",
    "RTX 5090": "rtx-5090",
    "A100-40GB": "a100-40",
    "A100-80GB": "a100-80",
    "H100 80GB": "h100-80",
    "H100": "h100-80",
    "H100 NVL 94GB (Azure Standard_NC80adis_H100_v5)": "h100-nvl-94",
    "H200": "h200",
}


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model as its repository describes it."""

    name: str
    repository: str
    config: Mapping[str, Any]
    checkpoint_bytes: int | None

    @property
    def text(self) -> Mapping[str, Any]:
        """The decoder's part of the config."""
        part: Mapping[str, Any] = self.config.get("text_config", self.config)
        return part

    @property
    def is_hybrid(self) -> bool:
        """Whether not all layers keep the same: then "GPU KV cache size: N tokens" is no capacity."""
        kinds = set(self.text.get("layer_types", ()))
        compressed = self.text.get("model_type") == "deepseek_v4"  # some layers keep one vector for 4 or 128 tokens
        return len(kinds) > 1 or "hybrid_override_pattern" in self.text or compressed


@dataclass(frozen=True, kw_only=True)
class Case:
    """A measured run."""

    row: Mapping[str, str]
    held_out: bool
    model: Model | None

    def text(self, key: str) -> str:
        """A cell as it stands."""
        return self.row[key].strip()

    def number(self, key: str) -> float | None:
        """A cell as a number, None where it is empty."""
        return float(self.row[key]) if self.row[key].strip() else None

    def count(self, key: str) -> int | None:
        """A cell as a whole number."""
        value = self.number(key)
        return None if value is None else int(value)

    @property
    def id(self) -> str:
        """The row's name."""
        return self.row["id"]

    @property
    def stated(self) -> bool:
        """Whether the source itself names the model."""
        return self.row["model_name"] == "stated"

    @property
    def engine(self) -> str:
        """vllm with its ports for other chips, llama.cpp, or another."""
        return self.row["engine"]

    @property
    def part(self) -> str:
        """Which of three sets: looked at, kept back of the same models, or other models. Decided by the source alone."""
        if self.held_out:
            return "other models"
        digest = hashlib.sha256(self.row["source"].encode()).digest()[0]
        return "kept back" if digest % 3 == 0 else "looked at"

    @property
    def tensor_parallel(self) -> int:
        """Ranks that share a layer; one where the row does not say."""
        return self.count("tensor_parallel") or 1

    @property
    def gpu_bytes(self) -> int | None:
        """Memory of one card as the driver reports it."""
        gib = self.number("gpu_memory_gib") or CARD_GIB.get(self.text("gpu"))
        return None if gib is None else int(gib * GIB)

    @property
    def card_key(self) -> str | None:
        """The card's name in the program's table."""
        return CARD_KEYS.get(self.text("gpu"))

    @property
    def utilization(self) -> float:
        """The fraction that was set, else vLLM's default of the versions before 0.33."""
        return self.number("utilization") or 0.9

    @property
    def budget_bytes(self) -> int | None:
        """What the engine may take of one card."""
        return None if self.gpu_bytes is None else int(self.gpu_bytes * self.utilization)

    @property
    def settings_said(self) -> bool:
        """Whether the source says version, card, utilisation and context: without one of them nobody can compute the cache."""
        numbered = self.text("engine_version").lstrip("~v").startswith("0.")
        return numbered and self.gpu_bytes is not None and bool(self.text("utilization") and self.text("max_model_len"))

    @property
    def weights_bytes(self) -> float | None:
        """Measured weights of one GPU, where the row says of how many."""
        gib = self.number("weights_gib")
        return gib * GIB if gib is not None and self.ranks_known else None

    @property
    def ranks_known(self) -> bool:
        """Whether the row says among how many GPUs the model was divided; llama.cpp's rows are of the whole model."""
        return self.engine == "llama.cpp" or bool(self.text("tensor_parallel"))

    @property
    def per_token(self) -> tuple[float, float] | None:
        """KV bytes a token on one GPU and the error that the log's rounding leaves, where all layers keep the same."""
        gib, tokens = self.number("kv_gib"), self.number("kv_tokens")
        if not gib or not tokens or gib <= 0 or self.model is None or self.model.is_hybrid or not self.ranks_known:
            return None
        digits = len(self.text("kv_gib").partition(".")[2])
        return gib * GIB / tokens, (0.5 * 10**-digits + 1e-9) * GIB / tokens + gib * GIB / tokens * 16 / tokens

    @cached_property
    def capacity(self) -> float | None:
        """Tokens that all requests together may hold."""
        concurrency, length = self.number("max_concurrency"), self.number("max_model_len")
        if concurrency and length:
            return concurrency * length
        hybrid = self.model is None or self.model.is_hybrid
        return None if hybrid else self.number("kv_tokens")

    @property
    def did_not_fit(self) -> bool | None:
        """True where the run ended for want of memory or held less than one request; None where nothing says how it went."""
        kv, concurrency = self.number("kv_gib"), self.number("max_concurrency")
        if (kv is not None and kv <= 0) or (concurrency is not None and concurrency < 1):
            return True
        return {"true": True, "false": False}.get(self.text("failed"))


def models(path: Path = HERE / "models.json") -> dict[str, Model]:
    """Every model, by the name that the rows use."""
    return {
        name: Model(
            name=name,
            repository=entry["repository"],
            config=entry["config"],
            checkpoint_bytes=int(entry["checkpointGib"] * GIB) if "checkpointGib" in entry else None,
        )
        for name, entry in json.loads(path.read_text(encoding="utf-8")).items()
    }


def cases() -> list[Case]:
    """Every run, those to look at first."""
    known = models()
    found = []
    for name, held_out in (("cases.csv", False), ("heldout.csv", True)):
        with (HERE / name).open(encoding="utf-8", newline="") as file:
            found += [Case(row=row, held_out=held_out, model=known.get(row["model"])) for row in csv.DictReader(file)]
    return found
