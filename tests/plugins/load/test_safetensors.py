"""Headers of safetensors files are believed only as far as they agree with the file."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamplighter.errors import CannotJudge
from lamplighter.load.safetensors import INDEX, weights_from_file, weights_from_folder, weights_from_index
from plugins.load.safetensors_files import content_of, header_of, write, write_index

SHAPES = {"embed": ("BF16", (100, 8)), "scale": ("F32", (8,)), "packed": ("U8", (8, 4)), "bias": ("BF16", ())}
#: By hand: 100·8·2 + 8·4 + 8·4·1 + 2.
BYTES = 1600 + 32 + 32 + 2


def refusal(call: Any, path: Path) -> str:
    with pytest.raises(CannotJudge) as caught:
        call(path)
    return caught.value.sentence


def test_a_file_says_its_tensors_bytes_and_formats(tmp_path: Path) -> None:
    weights = weights_from_file(write(tmp_path / "model.safetensors", SHAPES))
    assert weights.total_bytes == BYTES
    assert weights.bytes_by_dtype == {"BF16": 1602, "F32": 32, "U8": 32}
    assert [(tensor.name, tensor.shape) for tensor in weights.tensors] == [(name, shape) for name, (_, shape) in SHAPES.items()]


def test_a_header_alone_is_enough(tmp_path: Path) -> None:
    assert weights_from_file(write(tmp_path / "model.safetensors", SHAPES, data=False)).total_bytes == BYTES


def test_a_file_that_is_not_whole_is_refused_with_both_lengths(tmp_path: Path) -> None:
    file = write(tmp_path / "model.safetensors", SHAPES)
    file.write_bytes(file.read_bytes()[:-10])
    assert f"has {BYTES - 10} bytes of data; its header speaks of {BYTES}" in refusal(weights_from_file, file)


def test_shards_are_summed_by_their_index(tmp_path: Path) -> None:
    write(tmp_path / "model-00001-of-00002.safetensors", {"a": ("BF16", (10,))})
    write(tmp_path / "model-00002-of-00002.safetensors", {"b": ("F32", (10,))})
    places = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    # The index's own total is not believed where the files are there: it is often wrong.
    write_index(tmp_path / INDEX, places, 7)
    assert weights_from_folder(tmp_path).total_bytes == 10 * 2 + 10 * 4


def test_without_the_files_the_index_says_names_and_total_and_no_tensor(tmp_path: Path) -> None:
    weights = weights_from_index(
        write_index(tmp_path / INDEX, {"b": "model-2.safetensors", "a": "model-1.safetensors"}, 1234.0)
    )
    assert (weights.total_bytes, weights.names, weights.tensors) == (1234, ("a", "b"), ())
    assert weights.bytes_by_dtype == {}


@pytest.mark.parametrize("total", [None, "12", True, -5, 1.5, 1e300])
def test_an_index_without_a_total_and_without_files_cannot_be_judged(tmp_path: Path, total: object) -> None:
    index = write_index(tmp_path / INDEX, {"a": "model-1.safetensors"}, total)
    assert "model-1.safetensors is not beside it" in refusal(weights_from_index, index)


@pytest.mark.parametrize(
    "name", ["../model.safetensors", "/etc/model.safetensors", "a/b.safetensors", "model.bin", "", "..safetensors\n"]
)
def test_an_index_points_only_beside_itself(tmp_path: Path, name: str) -> None:
    assert "not a plain" in refusal(weights_from_index, write_index(tmp_path / INDEX, {"a": name}, 5))


def test_an_index_and_files_of_two_revisions_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "model-1.safetensors", {"old": ("BF16", (1,))})
    index = write_index(tmp_path / INDEX, {"new": "model-1.safetensors"}, 2)
    assert "do not hold the same tensors: 2 differ, the first 'new' (index only)" in refusal(weights_from_index, index)


def test_a_folders_duplicate_under_mistrals_names_is_not_counted(tmp_path: Path) -> None:
    write(tmp_path / "model-a.safetensors", {"a": ("BF16", (10,))})
    write(tmp_path / "consolidated.safetensors", {"c": ("BF16", (10,))})
    assert weights_from_folder(tmp_path).total_bytes == 20


def test_the_same_tensor_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("one.safetensors", "two.safetensors"):
        write(tmp_path / name, {"a": ("BF16", (10,))})
    assert "which another file holds already" in refusal(weights_from_folder, tmp_path)


def test_a_clone_without_its_large_files_is_told_how_to_get_them(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "Git LFS pointer" in refusal(weights_from_file, file)


BAD_ENTRIES: dict[str, object] = {
    "overlaps": {
        "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
    },
    "begins at byte": {"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}},
    "takes 8": {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
    "whose width is not known": {"a": {"dtype": "F3", "shape": [2], "data_offsets": [0, 8]}},
    "is not dtype, shape": {"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}},
    "not a JSON object": [],
}


@pytest.mark.parametrize("fault", BAD_ENTRIES)
def test_a_header_that_contradicts_itself_is_refused(tmp_path: Path, fault: str) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content_of(BAD_ENTRIES[fault]))
    expected = {"overlaps": "begins at byte 4", "not a JSON object": "does not hold a JSON object"}.get(fault, fault)
    assert expected in refusal(weights_from_file, file)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    entry = json.dumps({"dtype": "U8", "shape": [1], "data_offsets": [0, 1]})
    text = f'{{"a": {entry}, "a": {entry}}}'.encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(text).to_bytes(8, "little") + text)
    assert "a key stands twice" in refusal(weights_from_file, file)


@pytest.mark.parametrize(
    "content", [b"", b"1234567", (2**63).to_bytes(8, "little") + b"{}", (100).to_bytes(8, "little") + b"{}"]
)
def test_a_length_beyond_the_file_is_refused_before_it_is_read(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    assert "is not a safetensors file" in refusal(weights_from_file, file)


def test_a_folder_without_weights_and_a_path_that_is_not_there_are_said(tmp_path: Path) -> None:
    assert "holds no safetensors file" in refusal(weights_from_folder, tmp_path)
    assert "cannot be read" in refusal(weights_from_file, tmp_path / "none.safetensors")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.binary(max_size=200), data=st.binary(max_size=20))
def test_any_bytes_are_weights_or_a_refusal(tmp_path: Path, header: bytes, data: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + data)
    with suppress(CannotJudge):
        weights_from_file(file)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_header_with_any_part_replaced_is_weights_or_a_refusal(tmp_path: Path, data: st.DataObject) -> None:
    header = header_of(SHAPES)
    entry: Any = header[data.draw(st.sampled_from(sorted(SHAPES)))]
    anything = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)
    )
    entry[data.draw(st.sampled_from(sorted(entry)))] = data.draw(anything)
    file = tmp_path / "model.safetensors"
    file.write_bytes(content_of(header))
    with suppress(CannotJudge):
        assert weights_from_file(file).total_bytes >= 0
