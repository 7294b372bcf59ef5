"""Where a demo keeps its things."""

from pathlib import Path

import pytest

from lamplighter_serving.errors import SettingsError
from lamplighter_serving.local.place import data_folder, lasting_place, passing_place


def test_data_belongs_where_xdg_says_else_under_home() -> None:
    assert data_folder({"XDG_DATA_HOME": "/data/of/me"}, root=True) == Path("/data/of/me/lamplighter")
    assert data_folder({}, root=False) == Path.home() / ".local/share/lamplighter"


def test_roots_data_is_not_in_roots_home_which_postgresql_could_not_enter() -> None:
    assert data_folder({}, root=True) == Path("/var/lib/lamplighter")


def test_a_folder_serves_one_demo_at_a_time(tmp_path: Path) -> None:
    with lasting_place(tmp_path), pytest.raises(SettingsError, match="Another demo runs"), lasting_place(tmp_path):
        pass
    with lasting_place(tmp_path) as again:
        assert again.kept


def test_logs_begin_anew_and_the_rest_stays(tmp_path: Path) -> None:
    with lasting_place(tmp_path) as place:
        (place.logs / "gateway.log").write_text("old")
        place.key.write_text("ll_key")
    with lasting_place(tmp_path) as place:
        assert list(place.logs.iterdir()) == []
        assert place.key.read_text() == "ll_key"


def test_a_folder_that_cannot_be_made_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be used") as refusal, lasting_place(tmp_path / "file" / "data"):
        pass
    assert "--data" in refusal.value.hint


def test_a_passing_place_is_gone_after_its_block() -> None:
    with passing_place() as place:
        (place.folder / "something").write_text("")
    assert not place.folder.exists()
