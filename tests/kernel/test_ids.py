"""Identifiers: ordered by time, repeatable where derived, and readable aloud."""

import re
import time
from uuid import RFC_4122

from libs.kernel.ids import derived_id, digest, new_id, new_reference

CONFUSABLE = set("0OI1L2Z5S8B")


def test_an_id_is_a_version_7_uuid_of_this_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_of_later_milliseconds_sort_later() -> None:
    made = []
    for _ in range(20):
        made.append(new_id())
        time.sleep(0.002)

    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_ids_sort_in_the_order_in_which_they_were_made_also_within_a_millisecond() -> None:
    made = [new_id() for _ in range(10_000)]

    assert made == sorted(made)


def test_ids_of_the_same_moment_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_the_same_parts_give_the_same_id_and_others_another() -> None:
    assert derived_id("case system", 7) == derived_id("case system", 7)
    assert derived_id("case system", 7) != derived_id("case system", 8)


def test_a_reference_has_no_letter_that_sounds_or_looks_like_another() -> None:
    references = [new_reference("R") for _ in range(2_000)]

    assert all(re.fullmatch(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}", reference) for reference in references)
    assert not CONFUSABLE & set("".join(reference[2:] for reference in references))
    assert len(set(references)) == len(references)


def test_a_digest_tells_where_one_part_ends_and_the_next_begins() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab", "c") == digest("ab", "c")
