"""The table of measures says of which year the published figures are, and who published them."""

from deploy.demo.measured import Line, table


def test_the_published_figures_have_their_year_and_their_source() -> None:
    written = table(
        [
            Line("Children referred", "referrals", 103, 100.9, 5047, "DfE children in need"),
            Line("Average caseload", "cases", 3.1, 14.1, 14.1, "DfE workforce"),
            Line("Days to a worker", "days", 3.4, None, None),
        ]
    ).splitlines()

    assert written[0].split() == ["this", "county", "to", "scale", "published", "2024/25"]
    assert written[1].endswith("5,047")
    assert "year to 31 March 2025 (caseload: 30 September 2025): DfE children in need; DfE workforce." in written[-1]
