"""multipart/form-data in pieces: the document goes into a spool as it arrives, the small fields into memory.

Knows the wire format and its limits, not what the fields mean. Every mistake of the client is a `RequestRefused`. The parser is
`multipart` and not `python-multipart`, which tests compare it with: that one looks at every byte of a header in Python and took
a seventh of an ingest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from .problems import RequestRefused
from .spool import KIB, Spool

#: The one file a form carries.
DOCUMENT = "document"
#: The other fields, each with the most bytes it may have. A schema of this size has some two thousand properties.
FIELD_BYTES: Mapping[str, int] = {
    "extractor": KIB,
    "schema": 256 * KIB,
    "instructions": 16 * KIB,
    "priority": KIB,
    "webhook": 2 * KIB,
}
#: Longer names are cut: a name is for people to recognise their document by.
NAME_CHARACTERS = 200

# RFC 2046, section 5.1.1, without the space.
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=?]{1,70}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class FormShape:
    """What parts a form may have: one file of that name, and fields with the most bytes of each. `setting` bounds the file."""

    file: str
    field_bytes: Mapping[str, int]
    setting: str

    @property
    def most_bytes(self) -> int:
        """Bytes of a body beside the file: all fields at their limit, with their headers and boundaries."""
        return sum(self.field_bytes.values()) + 16 * KIB


#: The form that asks for a document to be read.
SUBMISSION = FormShape(file=DOCUMENT, field_bytes=FIELD_BYTES, setting="LAMPLIGHTER_MAX_DOCUMENT_BYTES")
#: Bytes of its body beside the document.
FORM_BYTES = SUBMISSION.most_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A form that arrived whole. The document itself is in the spool."""

    fields: Mapping[str, str]
    document_name: str


def boundary_of(content_type: str | None) -> bytes:
    """The boundary of a multipart request. Raises `RequestRefused`."""
    kind, options = parse_options_header(content_type or "")
    if kind != "multipart/form-data":
        raise RequestRefused(
            415,
            "not-a-form",
            f"The request's Content-Type is {kind or 'missing'}, not multipart/form-data.",
            hint="Send the document as a form: curl -F document=@invoice.pdf -F extractor=invoice …",
        )
    boundary: bytes = options.get("boundary", "").encode("latin-1", "replace")
    if not _BOUNDARY.fullmatch(boundary):
        raise _malformed("its Content-Type names no boundary of 1 to 70 of the allowed characters")
    return boundary


class FormReader:
    """Takes a body piece by piece. Feed it with `write`, then ask for the `form`."""

    def __init__(self, boundary: bytes, spool: Spool, *, max_document_bytes: int, shape: FormShape = SUBMISSION) -> None:
        self._spool = spool
        self._shape = shape
        self._max_document_bytes = max_document_bytes
        self._fields: dict[str, bytearray] = {}
        self._document_name: str | None = None
        self._part = ""  # name of the part being read
        self._opening = b"--" + boundary
        self._begun = False
        self._held = b""  # of the body, until it has begun
        self._parser = PushMultipartParser(boundary)

    def write(self, piece: bytes) -> None:
        """Takes the next piece of the body. Raises `RequestRefused`."""
        if not self._begun:
            piece = self._beginning(piece)
        if not piece:  # to the parser that is the end
            return
        try:
            for event in self._parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    self._part_begins(event)
                elif event is not None:
                    self._data(event)
        except MultipartError as error:
            raise _malformed("a boundary or a part's header is not where it should be") from error

    def form(self) -> Form:
        """The form. Raises `RequestRefused` when it is cut off or lacks the document."""
        try:
            self._parser.close()
        except MultipartError as error:
            raise _malformed("it ends before its closing boundary") from error
        if self._document_name is None:
            raise RequestRefused(
                400,
                f"{self._shape.file}-missing",
                f"The form has no part named {self._shape.file}.",
                hint=f"curl -F {self._shape.file}=@invoice.pdf sends a file under that name.",
            )
        return Form(
            fields={name: _text(name, bytes(value)) for name, value in self._fields.items()},
            document_name=self._document_name,
        )

    def _beginning(self, piece: bytes) -> bytes:
        """Nothing until enough is there to see that the boundary comes first; then all of it.

        The parser reads past other things before the first boundary, or refuses them, as the pieces happen to be cut.
        """
        self._held += piece
        if len(self._held) < len(self._opening) + 2:  # no form is shorter: the opening and --
            return b""
        if not self._held.removeprefix(b"\r\n").startswith(self._opening):
            raise _malformed("it does not begin with its boundary")
        self._begun = True
        return self._held

    def _part_begins(self, part: MultipartSegment) -> None:
        # The parser itself refuses a bare line feed or not, as the pieces happen to be cut.
        if not part.name or any("\n" in value or "\n" in header for header, value in part.headerlist):
            raise _malformed("a part has no header Content-Disposition: form-data with a name")
        name = part.name
        if name == self._shape.file and self._document_name is None:
            self._document_name = _document_name(part.filename or "")
        elif name not in self._shape.field_bytes and name != self._shape.file:
            known = ", ".join((self._shape.file, *self._shape.field_bytes))
            raise RequestRefused(400, "field-unknown", f"The form has a part that is none of: {known}.")
        elif name in self._fields or name == self._shape.file:
            raise RequestRefused(400, "field-repeated", f"The form has more than one part named {name}.")
        else:
            self._fields[name] = bytearray()
        self._part = name

    def _data(self, data: bytes | bytearray) -> None:
        if self._part == self._shape.file:
            if self._spool.size_bytes + len(data) > self._max_document_bytes:
                raise document_too_large(self._max_document_bytes, setting=self._shape.setting)
            self._spool.write(data)
            return
        field = self._fields[self._part]
        limit = self._shape.field_bytes[self._part]
        if len(field) + len(data) > limit:
            raise RequestRefused(413, "field-too-large", f"The field {self._part} has more than {limit} bytes.")
        field += data


def document_too_large(limit: int, announced: int | None = None, *, setting: str = SUBMISSION.setting) -> RequestRefused:
    """The refusal of a document above the limit; `announced` is the body's Content-Length when that alone tells."""
    size = "more" if announced is None else f"{announced} in its request"
    return RequestRefused(
        413,
        "document-too-large",
        f"The document may have {limit} bytes and has {size}.",
        hint=f"Split the document, or raise {setting}.",
        extras={"limit_bytes": limit},
    )


def _malformed(why: str) -> RequestRefused:
    return RequestRefused(400, "form-malformed", f"The form cannot be read: {why}.")


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestRefused(
            400, "field-not-text", f"The field {name} is not UTF-8: byte {error.start} of {len(value)} cannot be read."
        ) from error
    if "\0" in text:
        raise RequestRefused(400, "field-not-text", f"The field {name} has a NUL character, which no text may have.")
    return text


def _document_name(given: str) -> str:
    """A name to show to people: without folders and control characters, cut to a sensible length."""
    name = given.replace("\\", "/").rpartition("/")[2]
    return _CONTROL.sub("", name).strip()[:NAME_CHARACTERS]
