"""The error tree of the serving package. One base, so that a caller can catch ours and nothing else.

    LamplighterError
    ├── SettingsError            a setting is missing or wrong; the process cannot start
    ├── StoreError
    │   ├── JobNotFound          no such job for this tenant
    │   ├── IdempotencyConflict  the key was used before, with another request
    │   ├── LeaseLost            the lease ended or passed to another worker; the write was refused
    │   └── StoreUnavailable     PostgreSQL did not answer; the caller may try again
    ├── DocumentError            the document cannot be read; final for this job
    ├── SchemaRefused            the caller's JSON Schema uses what we do not support
    ├── EngineError
    │   ├── EngineUnavailable    the engine failed or is gone; the job goes back to the queue
    │   └── EngineRefused        the engine cannot take this request (too long); final for this job
    ├── ExtractionFailed         no schema-valid answer after the repair round; final for this job
    └── PodUntold                Kubernetes was not told something about this pod; nothing depends on it

Errors that end a job carry a `code` (stable, kebab-case) and a sentence a person can act on. No sentence quotes the document.
"""


class LamplighterError(Exception):
    """Base of every error this package raises on purpose."""

    code = "error"

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class SettingsError(LamplighterError):
    """A setting is missing or has a value that cannot work."""

    code = "settings"


class StoreError(LamplighterError):
    """The queue could not do what was asked."""

    code = "store"


class JobNotFound(StoreError):
    """No job of this id belongs to this tenant."""

    code = "job-not-found"


class IdempotencyConflict(StoreError):
    """The idempotency key names an earlier job whose request differs."""

    code = "idempotency-conflict"


class LeaseLost(StoreError):
    """The writer no longer holds the job's lease; nothing was written."""

    code = "lease-lost"


class StoreUnavailable(StoreError):
    """The database did not answer; the same call may succeed later."""

    code = "store-unavailable"


class DocumentError(LamplighterError):
    """The document cannot be read. `code` says why and is stable: clients switch on it.

    Codes: document-unsupported, document-empty, document-encrypted, document-damaged, document-too-large,
    document-too-many-pages, document-page-too-large, document-page-missing, document-too-slow, document-too-much-memory,
    document-without-text.
    """

    def __init__(self, code: str, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence, hint=hint)
        self.code = code


class SchemaRefused(LamplighterError):
    """The caller's JSON Schema is outside the documented subset. `path` is a JSON pointer to the keyword."""

    code = "schema-refused"

    def __init__(self, path: str, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence, hint=hint)
        self.path = path


class EngineError(LamplighterError):
    """An engine could not answer."""

    code = "engine"


class EngineUnavailable(EngineError):
    """The engine failed or is gone. The job is not at fault and goes back to the queue."""

    code = "engine-unavailable"


class EngineRefused(EngineError):
    """The engine cannot take this request whoever sends it, for example one longer than its context."""

    code = "engine-refused"


class ExtractionFailed(LamplighterError):
    """The pipeline ended without an answer that satisfies the schema."""

    code = "extraction-failed"


class PodUntold(LamplighterError):
    """Kubernetes did not take what this pod said of itself."""

    code = "pod-untold"
