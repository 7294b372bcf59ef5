"""From `models.<name>` to the facts of a model."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..domain.model import Model
from ..domain.unknown import Unknown
from .architectures.assemble import architecture


def model_facts(name: str, entry: Mapping[str, Any]) -> Model:
    """One model, from an entry that satisfies the schema."""
    config, quantization = entry.get("config", {}), entry.get("quantization", "none")
    found = (
        architecture(config, quantization=quantization)
        if config
        else Unknown(reason="it has no config", change=f"Copy the model's config.json to models.{name}.config.")
    )
    if isinstance(found, Unknown):
        found = replace(found, reason=found.reason.replace("its config", f"models.{name}.config"))
    return Model(name=name, architecture=found, weights_bytes=entry.get("weightsBytes"), quantization=quantization)
