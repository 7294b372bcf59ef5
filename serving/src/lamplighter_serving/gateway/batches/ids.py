"""Ids as the OpenAI API writes them: a word, then the number."""

from uuid import UUID

FILE_PREFIX, BATCH_PREFIX, LINE_PREFIX = "file-", "batch_", "batch_req_"


def id_text(prefix: str, number: UUID) -> str:
    """`file-0123…`."""
    return f"{prefix}{number.hex}"


def parse_id(prefix: str, text: object) -> UUID | None:
    """The number in an id, None when it is none of that kind."""
    if not isinstance(text, str) or not text.startswith(prefix):
        return None
    try:
        return UUID(hex=text.removeprefix(prefix))
    except ValueError:
        return None
