"""`engineOptions` of a worker class, as the engines read them: a key nobody knows is refused, a value of another type too."""

from collections.abc import Mapping, Set
from typing import TypeVar

from ..catalog import WorkerClass
from ..errors import SettingsError

T = TypeVar("T", bool, int, float, str)

#: How much the model's opinion counts in the extraction (see `extract.trust`). Any engine may carry it.
TRUST = "trust"
#: Over how many GPUs of the pod the model is spread; who starts the engine must give it so many.
GPUS = "tensorParallelSize"
#: Over how many nodes the model's layers are spread; each gives `GPUS` of its GPUs.
NODES = "pipelineParallelSize"


class EngineOptions:
    """The options of one worker class for one engine."""

    def __init__(self, worker_class: WorkerClass, known: Set[str]) -> None:
        self._where = f"workers.{worker_class.name}.engineOptions"
        self._options = worker_class.engine_options
        unknown = sorted(set(self._options) - known - {TRUST})
        if unknown:
            raise SettingsError(
                f"{self._where} has unknown keys for {worker_class.engine}: {', '.join(unknown)}.",
                hint=f"Known keys: {', '.join(sorted(known | {TRUST}))}.",
            )

    @property
    def details(self) -> Mapping[str, object]:
        """What the engine's facts repeat of the options."""
        return {key: self._options[key] for key in (TRUST,) if key in self._options}

    def get(self, key: str, default: T) -> T:
        """The value of `key`, which must be of the default's type (a whole number will do for a decimal one)."""
        value = self._options.get(key, default)
        kind = type(default)
        if kind is float and type(value) is int:
            return kind(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise SettingsError(f"{self._where}.{key} must be {_NAMES[kind]}, is {value!r}.")
        return value


_NAMES: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
