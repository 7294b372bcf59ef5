"""What a client asks for, checked and made into a job. Pure: from the form's fields and the catalog to facts for the queue."""

import hashlib
import json
import math
import re
from collections.abc import Mapping

from ..catalog import Catalog, Extractor
from ..errors import SchemaRefused
from ..extract.schema.parse import parse_schema
from ..queue.job import JsonObject, NewJob
from .form import Form
from .problems import RequestRefused

LEAST_PRIORITY = -100
MOST_PRIORITY = 100
#: A key is stored hashed, so this is only against nonsense.
IDEMPOTENCY_KEY_CHARACTERS = 255

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")


def new_job(form: Form, *, document_digest: bytes, tenant: str, idempotency_key: str | None, catalog: Catalog) -> NewJob:
    """The job a form asks for. Raises `RequestRefused`, and `SchemaRefused` for a schema outside the documented subset."""
    worker, extractor, request = _task(form.fields, catalog)
    return NewJob(
        tenant=tenant,
        worker=worker,
        request=request,
        extractor=extractor,
        document_name=form.document_name,
        idempotency_key=checked_idempotency_key(idempotency_key),
        request_digest=request_digest(form, document_digest),
        priority=_priority(form.fields["priority"]) if "priority" in form.fields else 0,
        max_attempts=catalog.workers[worker].max_attempts,
        webhook=form.fields.get("webhook") or None,
    )


def request_digest(form: Form, document_digest: bytes) -> str:
    """A hash over everything the client sent: equal only for equal requests, whatever order the parts came in."""
    parts = [document_digest, form.document_name.encode()]
    for name in sorted(form.fields):
        parts += [name.encode(), form.fields[name].encode()]
    # Each part with its length, so that no two lists of parts give the same bytes.
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


def _task(fields: Mapping[str, str], catalog: Catalog) -> tuple[str, str | None, JsonObject]:
    """Worker class, extractor's name and the request the worker gets."""
    instructions = fields.get("instructions", "")
    if ("extractor" in fields) == ("schema" in fields):
        have = "both" if "extractor" in fields else "neither"
        raise RequestRefused(
            400,
            "task-unclear",
            f"The form has {have} of the fields extractor and schema; exactly one says what to read.",
            hint=f"Extractors: {', '.join(sorted(catalog.extractors)) or 'none'}. A schema is a JSON Schema as text.",
        )
    if "schema" in fields:
        schema = _schema(fields["schema"])
        return catalog.default_worker, None, {"schema": schema, "instructions": instructions}
    extractor = _extractor(fields["extractor"], catalog)
    if not instructions:
        return extractor.worker, extractor.name, extractor.request
    # What the client adds comes after what the extractor says: it narrows, it does not replace.
    both = "\n".join(text for text in (extractor.instructions, instructions) if text)
    return extractor.worker, extractor.name, {"schema": extractor.schema, "instructions": both}


def _extractor(name: str, catalog: Catalog) -> Extractor:
    if name not in catalog.extractors:
        known = ", ".join(sorted(catalog.extractors)) or "none"
        raise RequestRefused(
            422, "extractor-unknown", "There is no extractor of that name.", hint=f"Extractors: {known}. Or send a schema."
        )
    return catalog.extractors[name]


def _schema(text: str) -> Mapping[str, object]:
    try:
        schema = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(schema, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise SchemaRefused("", "The schema holds half of a surrogate pair, which is no character.") from error
    except ValueError as error:
        place = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SchemaRefused("", f"The schema is not JSON{place}.") from error
    except RecursionError as error:
        raise SchemaRefused("", "The schema is nested too deeply to be read.") from error
    if not isinstance(schema, dict):
        raise SchemaRefused("", f"The schema must be a JSON object, is {type(schema).__name__}.")
    parse_schema(schema)
    return schema


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # 1e999: valid JSON, but nothing that reads it keeps its value
        raise ValueError("a number is too large")
    return number


def _priority(text: str) -> int:
    # int() alone takes 1_0 and digits of other scripts too.
    if not (_WHOLE_NUMBER.fullmatch(text) and LEAST_PRIORITY <= int(text) <= MOST_PRIORITY):
        raise RequestRefused(
            400, "priority-invalid", f"The field priority must be a whole number from {LEAST_PRIORITY} to {MOST_PRIORITY}."
        )
    return int(text)


def checked_idempotency_key(text: str | None) -> str | None:
    """The header's value. Raises `RequestRefused` for one that is no key."""
    if text is None:
        return None
    if not (0 < len(text) <= IDEMPOTENCY_KEY_CHARACTERS and text.isascii() and text.isprintable()):
        raise RequestRefused(
            400,
            "idempotency-key-invalid",
            f"The header Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_CHARACTERS} printable ASCII characters.",
        )
    return text
