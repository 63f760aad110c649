"""The command: what it says, what it writes, how it ends."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from services.referrals.__main__ import main
from tests.referrals.census.builders import SAMPLE_2024, child_xml, file_of


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no services run


def written(tmp_path: Path, content: bytes) -> str:
    file = tmp_path / "census.xml"
    file.write_bytes(content)
    return str(file)


def test_a_file_can_be_checked_without_any_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"

    status = main(["load-census", str(SAMPLE_2024), "--check", "--report", str(report)])

    told = json.loads(report.read_text())
    assert status == 0
    assert (told["file"], told["authority"], told["children"], told["changed"]) == (SAMPLE_2024.name, "201", 2, False)
    said = capsys.readouterr().out
    assert "rule 2889" in said
    assert "Would go in, if the services agree:" in said
    assert (told["let_in"]["children"], told["children_in"]) == (1, None)


def test_the_help_says_what_each_status_means(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["load-census", "--help"])

    said = " ".join(capsys.readouterr().out.split())
    assert "0 the file was gone through to its end, also if records were refused" in said


def test_addresses_that_a_killed_run_left_are_not_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen(["true"]) as gone:  # noqa: S607
        pass
    running = {"services": {"referrals": "http://127.0.0.1:1", "workbook": "http://127.0.0.1:1"}, "pid": gone.pid}
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "run.json").write_text(json.dumps(running))

    assert main(["load-census", written(tmp_path, file_of(child_xml()))]) == 1
    assert f"left over: process {gone.pid} is gone" in capsys.readouterr().err


def test_without_services_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["load-census", written(tmp_path, file_of(child_xml()))])

    assert status == 1
    assert "Start the services first" in capsys.readouterr().err


def test_addresses_without_a_token_are_not_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--referrals", "http://127.0.0.1:1", "--workbook", "http://127.0.0.1:1"]
    file = written(tmp_path, file_of(child_xml()))

    assert main(["load-census", file, *where]) == 1
    assert "--token-env" in capsys.readouterr().err
    assert main(["load-census", file, *where, "--token-env", "NOT_THERE"]) == 1
    assert "NOT_THERE" in capsys.readouterr().err


def test_services_that_do_not_answer_break_the_load_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", "x")
    monkeypatch.setattr("services.referrals.loading.calling._FIRST_WAIT", 0.0)
    (tmp_path / "var").mkdir()
    running = {
        "services": {"referrals": "http://127.0.0.1:1", "workbook": "http://127.0.0.1:1"},
        "issuer": "x",
        "pid": os.getpid(),
    }
    (tmp_path / "var" / "run.json").write_text(json.dumps(running))

    status = main(["load-census", written(tmp_path, file_of(child_xml())), "--token-env", "A_TOKEN"])

    assert status == 2
    assert "Broken off: line 14, child 1 X0000001: referrals does not answer." in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", [b"", b"<Message/>", b"<!DOCTYPE a><Message/>", file_of(year="x", reference_date="")]
)
def test_what_is_no_census_is_refused(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load-census", written(tmp_path, content), "--check"]) == 1
    assert "census.xml: " in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load-census", "nowhere.xml", "--check"]) == 1
    assert "No such file" in capsys.readouterr().err
