"""The child process: one task, one document, one answer, and the end. Started by `sandbox` as `python -m …documents.child`.

Standard input and output carry frames (see `wire`). Before a document is touched the process limits itself. All that goes wrong
becomes a refusal in words of ours; texts of foreign errors may quote the document and are not passed on.
"""

import os
import sys
from typing import BinaryIO

from ..errors import DocumentError, SettingsError
from .confinement import confine, die_with_parent, orphaned
from .draw import draw_page
from .read import read_document
from .wire import Refusal, Task, pack_document, pack_picture, pack_refusal, read_frame, unpack_task, write_frames


def main() -> None:
    """Waits for one task, does it, answers, ends."""
    die_with_parent()
    if orphaned(int(sys.argv[1])):
        return
    incoming, outgoing = sys.stdin.buffer, _take_over_output()
    facts = read_frame(incoming)
    if facts is None:
        return
    task = unpack_task(facts)
    confine(memory_bytes=task.limits.max_memory_bytes, seconds=task.limits.max_seconds)
    try:
        document = read_frame(incoming)
        if document is None:
            return
        answer = _answer(task, document)
    except MemoryError:
        answer = [pack_refusal(_too_much_memory(task))]
    write_frames(outgoing, answer)


def _take_over_output() -> BinaryIO:
    """Standard output for our frames alone: what a library prints goes nowhere."""
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return outgoing


def _answer(task: Task, document: bytes) -> list[bytes]:
    try:
        if task.page_number:
            return [pack_picture(), draw_page(document, task.page_number, task.width_pixels, task.limits)]
        return [pack_document(read_document(document, task.limits, task.languages))]
    except DocumentError as error:
        return [pack_refusal(Refusal(code=error.code, sentence=error.sentence, hint=error.hint))]
    except SettingsError as error:
        return [pack_refusal(Refusal(code=error.code, sentence=error.sentence, hint=error.hint, settings=True))]
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (the top of the child: parsers of hostile files raise anything at all)
        return [pack_refusal(_surprise(error))]


def _too_much_memory(task: Task) -> Refusal:
    return Refusal(
        code="document-too-much-memory",
        sentence=f"Reading the document took more than {task.limits.max_memory_bytes} bytes of memory, the limit.",
        hint="Split it into several documents, or scan it at a lower resolution.",
    )


def _surprise(error: Exception) -> Refusal:
    return Refusal(
        code="document-damaged",
        sentence=f"The document cannot be read: the parser failed with {type(error).__name__}.",
        hint="Open it in a viewer and save it anew.",
    )


if __name__ == "__main__":
    main()
