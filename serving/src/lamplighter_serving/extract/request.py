"""What one extraction is asked for: the schema, what to tell the model, and by which way."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import SchemaRefused
from .schema.parse import ExtractionSchema, parse_schema

MODES = ("grounded", "free")
ABLATIONS = ("both", "prior", "model")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionRequest:
    """One extraction. The gateway never asks for another `mode` or `ablation`; `make bench ONLY=extraction` compares them.

    Mode `free` lets the model write the answer by itself. The ablations `prior` and `model` leave out the other of the two.
    """

    schema: ExtractionSchema
    instructions: str = ""
    mode: str = "grounded"
    ablation: str = "both"


def parse_request(raw: Mapping[str, object]) -> ExtractionRequest:
    """The request in a job's JSON. Raises `SchemaRefused`."""
    schema = raw.get("schema")
    if not isinstance(schema, Mapping):
        raise SchemaRefused("", "The job's request has no schema.")
    return ExtractionRequest(
        schema=parse_schema(schema),
        instructions=str(raw.get("instructions", "")),
        mode=_one_of(raw, "mode", MODES),
        ablation=_one_of(raw, "ablation", ABLATIONS),
    )


def _one_of(raw: Mapping[str, object], key: str, allowed: tuple[str, ...]) -> str:
    value = str(raw.get(key, allowed[0]))
    if value not in allowed:
        raise SchemaRefused("", f"The request's {key} is not one of: {', '.join(allowed)}.")
    return value
