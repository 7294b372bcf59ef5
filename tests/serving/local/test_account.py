"""What is opened to the user PostgreSQL runs as, and no more."""

from pathlib import Path

from lamplighter_serving.local.account import open_programs, open_way_to


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


def test_the_way_to_a_folder_can_be_passed_and_not_listed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    data = home / "data"
    data.mkdir(mode=0o700)
    open_way_to(data)
    assert (mode(home), mode(data)) == ("701", "700")


def test_programs_can_be_read_and_run_but_not_written(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir(mode=0o700)
    for name, bits in (("postgres", 0o700), ("template", 0o600), ("open", 0o755)):
        (programs / name).touch()
        (programs / name).chmod(bits)
    open_programs(programs)
    assert mode(programs) == "705"
    assert [mode(programs / name) for name in ("postgres", "template", "open")] == ["705", "604", "755"]
