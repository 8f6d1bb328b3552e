"""The two benchmarks of blocks run, and print their tables."""

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app

RUN = CliRunner(env={"COLUMNS": "200"})


def test_columns_are_measured() -> None:
    options = ["--rows", "10", "--columns", "250", "--block", "100"]
    result = RUN.invoke(app, ["columns", *options])
    assert result.exit_code == 0 and "10 × 250" in result.output


@pytest.mark.slow
def test_sums_are_measured() -> None:
    options = ["--entries", "40000", "--blocks", "3", "--rounds", "1"]
    result = RUN.invoke(app, ["sums", *options, "--workers", "1", "--workers", "2"])
    assert result.exit_code == 0 and "bytes an entry" in result.output
