"""What one extraction is asked for: the schema, what to tell the model, and by which way."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import SchemaRefused
from .schema import ExtractionSchema, parse_schema

MODES = ("grounded", "free")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionRequest:
    """One extraction. `free` lets the model write the answer by itself: the baseline of the benchmark, not for use."""

    schema: ExtractionSchema
    instructions: str = ""
    mode: str = "grounded"


def parse_request(raw: Mapping[str, object]) -> ExtractionRequest:
    """The request in a job's JSON. Raises `SchemaRefused`."""
    schema = raw.get("schema")
    if not isinstance(schema, Mapping):
        raise SchemaRefused("", "The job's request has no schema.")
    mode = str(raw.get("mode", "grounded"))
    if mode not in MODES:
        raise SchemaRefused("", f"The mode is not one of: {', '.join(MODES)}.")
    return ExtractionRequest(schema=parse_schema(schema), instructions=str(raw.get("instructions", "")), mode=mode)
