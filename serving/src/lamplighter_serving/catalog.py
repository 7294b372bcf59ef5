"""What is served: worker classes with their engines, and the extractors a client may name. One JSON file, read at start.

In a cluster the chart writes it from `workers`, `models` and `extractors`; on one machine it is `local/catalog.json`. The keys
are those of the chart's values (camelCase, units in the key). The file is checked whole; a mistake names its place and way out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .completion.tasks import EMBED, GENERATE
from .errors import SettingsError

DEFAULT_CATALOG = Path(__file__).parent / "local" / "catalog.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerClass:
    """A class of worker: one engine with one model, and how it scales."""

    name: str
    engine: str  # llamacpp, vllm, openai, scripted
    model: str
    context_tokens: int  # of one request
    concurrency: int
    memory_fraction: float | None  # of the GPU's memory, for engines that reserve; None where there is no GPU
    engine_options: Mapping[str, object]
    jobs_per_replica: int
    cooldown_seconds: float
    max_job_seconds: float
    max_attempts: int
    tasks: frozenset[str] = frozenset({GENERATE})  # generate, embed


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """A named task: which worker does it, the JSON Schema of its answer, and what to tell the model."""

    name: str
    worker: str
    title: str
    schema: Mapping[str, object]
    instructions: str

    @cached_property
    def request(self) -> Mapping[str, object]:
        """What a job asks of its worker when the client adds nothing. Always the same object: the queue remembers its JSON."""
        return {"schema": self.schema, "instructions": self.instructions}


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """All worker classes and extractors. `default_worker` takes jobs that bring their own schema."""

    workers: Mapping[str, WorkerClass]
    extractors: Mapping[str, Extractor]
    default_worker: str


def load_catalog(path: Path | None) -> Catalog:
    """Reads and checks a catalog file; None means the one of this package. Raises `SettingsError` with the place."""
    path = path or DEFAULT_CATALOG
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The catalog {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"The catalog {path} is not JSON: {error}.") from error
    return parse_catalog(raw, str(path))


def parse_catalog(raw: object, where: str) -> Catalog:
    """The catalog in parsed JSON. Raises `SettingsError`; `where` starts its message."""
    top = _Reader(raw, where)
    workers = {name: _worker(name, reader) for name, reader in top.items("workers")}
    extractors = {name: _extractor(name, reader) for name, reader in top.items("extractors")}
    if not workers:
        raise SettingsError(f"{where}: workers is empty; nothing could ever take a job.")
    for extractor in extractors.values():
        if extractor.worker not in workers:
            raise SettingsError(
                f"{where}: extractors.{extractor.name}.worker is {extractor.worker!r}, "
                f"but workers has only: {', '.join(sorted(workers))}."
            )
    default_worker = top.text("defaultWorker", next(iter(workers)))
    if default_worker not in workers:
        raise SettingsError(
            f"{where}: defaultWorker is {default_worker!r}, but workers has only: {', '.join(sorted(workers))}."
        )
    top.close()
    return Catalog(workers=workers, extractors=extractors, default_worker=default_worker)


def _worker(name: str, reader: "_Reader") -> WorkerClass:
    scale = reader.child("scale")
    worker = WorkerClass(
        name=name,
        engine=reader.text("engine"),
        model=reader.text("model"),
        context_tokens=int(reader.number("contextTokens", 4096, least=128)),
        concurrency=int(reader.number("concurrency", 4, least=1)),
        memory_fraction=reader.number("memoryFraction", least=0.01) if reader.has("memoryFraction") else None,
        engine_options=reader.mapping("engineOptions"),
        tasks=_tasks(reader),
        jobs_per_replica=int(scale.number("jobsPerReplica", 10, least=1)),
        cooldown_seconds=scale.number("cooldownSeconds", 300, least=0),
        max_job_seconds=scale.number("maxJobSeconds", 600, least=1),
        max_attempts=int(scale.number("maxAttempts", 5, least=1)),
    )
    scale.close()
    reader.close()
    return worker


def _tasks(reader: "_Reader") -> frozenset[str]:
    tasks = reader.texts("tasks", (GENERATE,))
    if not tasks or tasks - {GENERATE, EMBED}:
        raise SettingsError(
            f"{reader.where}.tasks is {', '.join(sorted(tasks)) or 'empty'}.", hint=f"It lists {GENERATE}, {EMBED}, or both."
        )
    return tasks


def _extractor(name: str, reader: "_Reader") -> Extractor:
    extractor = Extractor(
        name=name,
        worker=reader.text("worker"),
        title=reader.text("title", name),
        schema=reader.mapping("schema"),
        instructions=reader.text("instructions", ""),
    )
    reader.close()
    return extractor


class _Reader:
    """Takes typed values out of a JSON object, remembers which keys were taken, and refuses the rest."""

    def __init__(self, raw: object, where: str) -> None:
        if not isinstance(raw, dict):
            raise SettingsError(f"{where}: must be a JSON object, is {type(raw).__name__}.")
        self._raw: dict[str, Any] = raw
        self.where = where
        self._taken: set[str] = set()

    def has(self, key: str) -> bool:
        return key in self._raw

    def _take(self, key: str, default: object) -> Any:
        self._taken.add(key)
        value = self._raw.get(key, default)
        if value is None:
            raise SettingsError(f"{self.where}.{key} is missing.")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str):
            raise SettingsError(f"{self.where}.{key} must be a text, is {value!r}.")
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> frozenset[str]:
        value = self._take(key, list(default))
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise SettingsError(f"{self.where}.{key} must be a list of texts, is {value!r}.")
        return frozenset(value)

    def number(self, key: str, default: float | None = None, *, least: float) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            raise SettingsError(f"{self.where}.{key} must be a number of at least {least:g}, is {value!r}.")
        return float(value)

    def mapping(self, key: str) -> Mapping[str, object]:
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise SettingsError(f"{self.where}.{key} must be a JSON object, is {value!r}.")
        return value

    def child(self, key: str) -> "_Reader":
        return _Reader(self.mapping(key), f"{self.where}.{key}")

    def items(self, key: str) -> list[tuple[str, "_Reader"]]:
        return [(name, _Reader(value, f"{self.where}.{key}.{name}")) for name, value in self.mapping(key).items()]

    def close(self) -> None:
        unknown = sorted(set(self._raw) - self._taken)
        if unknown:
            raise SettingsError(
                f"{self.where} has unknown keys: {', '.join(unknown)}.", hint=f"Known keys: {', '.join(sorted(self._taken))}."
            )
