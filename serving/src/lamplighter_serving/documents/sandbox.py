"""The parent's hold on one child process: start it, give it one document, take its answer, kill it with all it started.

A child reads one document and ends, so that no document ever meets what another one left behind. It sees none of the parent's
environment, files or secrets. Parsers do not run in this process, and this module imports none.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys

from ..errors import DocumentError
from . import wire
from .limits import MIB, DocumentLimits
from .page import Document
from .wire import ProtocolError, Refusal, Task

_MODULE = "lamplighter_serving.documents.child"
#: Nothing is inherited: no keys, no database address, no proxies. Tesseract gets one thread: more cost more than they give.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}
#: The child knows the limit of time too and says more about it than the parent can; this is what it gets for saying it.
SPARE_SECONDS = 2.0
#: 200,000 words are about 12 MiB. A child that says more is not ours any more.
MOST_ANSWER_BYTES = 64 * MIB
#: How PDFium, Pillow and Tesseract end when memory is refused; the kernel's own way is SIGKILL.
_MEMORY_SIGNALS = frozenset({signal.SIGABRT, signal.SIGTRAP, signal.SIGILL, signal.SIGKILL})


class _ChildGone(Exception):
    """The child closed its end before its answer was whole."""


class Child:
    """One started child, which waits for its task. Whoever starts it must `end` it.

    It dies with the thread that started it, so that is the thread of an event loop that lives as long as it is wanted. Starting
    takes about 2 ms here and 0.1 s in the child, which nobody has to wait for.
    """

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        with theirs:
            # -I: neither the working folder nor PYTHON* variables decide what code runs.
            self._process = subprocess.Popen(
                (sys.executable, "-I", "-m", _MODULE, str(os.getpid())),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    async def ask(self, task: Task, document: bytes) -> Document | Refusal | bytes:
        """Gives the task, waits for the answer: a document, a refusal, or the bytes of a picture. Once a child.

        Raises `DocumentError` when the child runs out of time or memory, or dies.
        """
        limits = task.limits
        try:
            async with asyncio.timeout(limits.max_seconds + SPARE_SECONDS):
                await self._send(wire.pack_task(task))
                await self._send(document)
                answer = wire.unpack_answer(await self._receive_frame())
                return await self._receive_frame() if answer is None else answer
        except TimeoutError as error:
            raise _too_slow(limits) from error
        except ProtocolError as error:
            raise _damaged("the reader gave no valid answer") from error
        except (_ChildGone, ConnectionError) as error:
            raise _death(await self.end(), limits) from error

    def kill(self) -> None:
        """Kills the child and everything it started."""
        # Once it was waited for, the number may be another group's; before that it is this one's even if the child is dead.
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    async def gone(self) -> int:
        """Waits until a killed child is gone; its status as `subprocess` gives it."""
        return await asyncio.to_thread(self._process.wait)

    async def end(self) -> int:
        """Kills the child and everything it started, and waits until it is gone; its status. May be called again."""
        self.kill()
        self._socket.close()
        return await self.gone()

    async def _send(self, payload: bytes) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._socket, wire.prefix(payload))
        await loop.sock_sendall(self._socket, payload)

    async def _receive_frame(self) -> bytes:
        length = wire.length_of(await self._receive(wire.LENGTH_BYTES))
        if length > MOST_ANSWER_BYTES:
            raise ProtocolError("The reader's answer is too long.")
        return await self._receive(length)

    async def _receive(self, length: int) -> bytes:
        loop = asyncio.get_running_loop()
        payload = bytearray(length)
        view = memoryview(payload)
        received = 0
        while received < length:
            count = await loop.sock_recv_into(self._socket, view[received:])
            if count == 0:
                raise _ChildGone
            received += count
        return bytes(payload)


def _too_slow(limits: DocumentLimits) -> DocumentError:
    return DocumentError(
        "document-too-slow", f"Reading the document took longer than {limits.max_seconds:g} s, the limit.", hint="Split it."
    )


def _damaged(why: str) -> DocumentError:
    return DocumentError(
        "document-damaged", f"The document cannot be read: {why}.", hint="Open it in a viewer and save it anew."
    )


def _death(status: int, limits: DocumentLimits) -> DocumentError:
    number = -status
    if number in _MEMORY_SIGNALS:
        return DocumentError(
            "document-too-much-memory",
            f"Reading the document took more than {limits.max_memory_bytes // MIB} MiB of memory, the limit.",
            hint="Split it into several documents, or scan it at a lower resolution.",
        )
    how = f"by signal {signal.Signals(number).name}" if number > 0 else f"with status {status}"
    return _damaged(f"it ended the reader's process {how}")
