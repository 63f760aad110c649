"""RELIABILITY 6.1 to 6.6, one row for each line and each of its answers: what proves it, what is ours, what we do not offer.

A row names the test that sends it (`proof`), or the addresses that do not exist (`absent`), or what is still to be built
elsewhere (`left`). `why` is said where our answer is another than the catalogue's.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the catalogue, or a part of it that gets an answer of its own."""

    section: str
    input: str
    status: int
    slug: str
    proof: str = ""
    absent: tuple[str, ...] = ()  # "service METHOD /path"
    left: str = ""
    why: str = ""
