"""From a worker class to its engine: a table from engine name to a function that imports and builds it.

An engine is a choice of the catalog, so an unknown name is an error that lists the known ones. Importing this module imports no
engine: their libraries are heavy, and an image may lack those it does not serve.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..catalog import WorkerClass
from ..errors import SettingsError
from ..settings import read_engine_api_key
from .base import Engine

#: The key of `engineOptions` that overrides whether the engine runs as a Ray Serve deployment.
SERVE_OPTION = "serve"


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineKind:
    """How an engine is made, and whether it gets a process of its own.

    `serve`: the engine holds a model in memory; as a Ray Serve deployment its crash costs a replica and not the worker.
    `model_file`: where its weights stand, for reading them ahead; None where there is no file on this machine.
    """

    build: Callable[[WorkerClass, Path | None, int], Engine]
    serve: bool
    model_file: Callable[[Path | None], Path | None] = lambda path: path


def _llamacpp(worker_class: WorkerClass, model_path: Path | None, cpus: int) -> Engine:
    from .llamacpp import LlamaCppEngine  # noqa: PLC0415 (heavy, and not in every image)

    return LlamaCppEngine(worker_class, model_path, cpus)


def _llamacpp_file(model_path: Path | None) -> Path | None:
    from .llamacpp import find_model  # noqa: PLC0415 (not in every image)

    return find_model(model_path)


def _vllm(worker_class: WorkerClass, model_path: Path | None, _: int) -> Engine:
    from .vllm import VllmEngine  # noqa: PLC0415 (needs CUDA)

    return VllmEngine(worker_class, model_path)


def _openai(worker_class: WorkerClass, *_: object) -> Engine:
    from .openai import OpenAiEngine  # noqa: PLC0415 (not in every image)

    return OpenAiEngine(worker_class, read_engine_api_key())


def _scripted(worker_class: WorkerClass, *_: object) -> Engine:
    from .scripted import ScriptedEngine  # noqa: PLC0415 (for tests)

    return ScriptedEngine(worker_class)


ENGINES: Mapping[str, EngineKind] = {
    "llamacpp": EngineKind(build=_llamacpp, serve=True, model_file=_llamacpp_file),
    "vllm": EngineKind(build=_vllm, serve=True),
    "openai": EngineKind(build=_openai, serve=False, model_file=lambda _: None),
    "scripted": EngineKind(build=_scripted, serve=False, model_file=lambda _: None),
}


def build_engine(worker_class: WorkerClass, model_path: Path | None, *, cpus: int | None = None) -> Engine:
    """Loads the engine of a worker class; takes as long as its model needs. Raises `SettingsError` or `EngineError`.

    `cpus` are those it may use. A container sees all CPUs of its node, so whoever knows better says it.
    """
    options = {key: value for key, value in worker_class.engine_options.items() if key != SERVE_OPTION}
    return _kind(worker_class).build(replace(worker_class, engine_options=options), model_path, cpus or os.cpu_count() or 1)


def runs_behind_serve(worker_class: WorkerClass) -> bool:
    """Whether the engine gets a Ray Serve deployment; `engineOptions.serve` overrides what its kind says."""
    return bool(worker_class.engine_options.get(SERVE_OPTION, _kind(worker_class).serve))


def find_model_file(worker_class: WorkerClass, model_path: Path | None) -> Path | None:
    """The file or folder of the weights, None when there is none on this machine."""
    return _kind(worker_class).model_file(model_path)


def _kind(worker_class: WorkerClass) -> EngineKind:
    if worker_class.engine not in ENGINES:
        raise SettingsError(
            f"workers.{worker_class.name}.engine is {worker_class.engine!r}, which is not one of: {', '.join(ENGINES)}.",
            hint="Name one of them, or add the new engine to engines/registry.py.",
        )
    return ENGINES[worker_class.engine]
