"""A commit's environments and charts in a folder of their own, read from git: the working tree stays as it is."""

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import CannotJudge
from .git import archive_of

#: What an environment is made of.
FOLDERS = ("environments", "charts")
#: Both folders are some MiB; what is this large holds something else.
MOST_BYTES = 256 * 1024 * 1024


@contextmanager
def tree_at(root: Path, revision: str) -> Iterator[Path]:
    """The folder, as long as it is needed. Folders that the commit lacks are not there. Raises `CannotJudge`."""
    content = archive_of(root, revision, FOLDERS)
    with TemporaryDirectory(prefix="lamplighter-") as folder:
        try:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                members = archive.getmembers()
                if sum(member.size for member in members) > MOST_BYTES:
                    raise CannotJudge(f"{revision[:80]!r} has more than {MOST_BYTES} bytes of environments and charts.")
                archive.extractall(folder, members, filter="data")
        except (tarfile.TarError, OSError) as error:
            hint = "Look for links that lead outside."
            raise CannotJudge(f"{revision[:80]!r} cannot be laid out: {error}.", hint=hint) from error
        yield Path(folder)
