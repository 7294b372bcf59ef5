"""One run over a folder: every document is submitted at once, and each answer is checked against the extractor's schema."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ..catalog import Catalog, Extractor
from ..client import AsyncClient
from ..errors import SettingsError
from .lamps import LampTalk
from .submit import answer
from .verdict import Verdict, judge

#: What lies beside documents and is none.
NOT_DOCUMENTS = {".json", ".md"}
README = "readme"


def documents_in(folder: Path) -> list[Path]:
    """The documents of a folder, by name. Raises `SettingsError` when it has none or cannot be read."""
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and _may_be_document(path))
    except OSError as error:
        raise SettingsError(f"The folder {folder} cannot be read: {error.strerror}.", hint="Name one with --once.") from error
    if not files:
        raise SettingsError(
            f"The folder {folder} has no document.", hint="Put PDFs, pictures or text files there; .json files are left out."
        )
    return files


def _may_be_document(path: Path) -> bool:
    return not (path.name.startswith(".") or path.stem.lower() == README or path.suffix.lower() in NOT_DOCUMENTS)


def extractor_of(catalog: Catalog, name: str | None) -> Extractor:
    """The extractor of that name, or the only one. Raises `SettingsError`."""
    known = ", ".join(sorted(catalog.extractors)) or "none"
    if name is None and len(catalog.extractors) == 1:
        return next(iter(catalog.extractors.values()))
    if name is None:
        raise SettingsError(f"The catalog has not one extractor, but: {known}.", hint="Choose with --extractor NAME.")
    if name not in catalog.extractors:
        raise SettingsError(f"There is no extractor {name!r}; the catalog has: {known}.")
    return catalog.extractors[name]


async def read_all(
    client: AsyncClient, paths: Sequence[Path], extractor: Extractor, on_verdict: Callable[[Verdict], None]
) -> list[Verdict]:
    """The verdicts on all documents, in the order in which they ended; each is also handed over as it comes."""
    talk = LampTalk(len(paths))
    talking = asyncio.create_task(talk.run(client))
    verdicts: list[Verdict] = []

    async def read(path: Path) -> None:
        verdict = judge(await answer(client, path, extractor.name), extractor.schema)
        verdicts.append(verdict)
        talk.done += 1
        on_verdict(verdict)

    try:
        await asyncio.gather(*(read(path) for path in paths))
    finally:
        talking.cancel()
        with suppress(asyncio.CancelledError):
            await talking
    return verdicts
