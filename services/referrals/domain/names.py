"""Names made comparable: case, accents and punctuation folded away, in any script."""

import unicodedata


def folded(name: str) -> str:
    """Return the name in lower case, without accents and punctuation, its parts one space apart."""
    spread = unicodedata.normalize("NFKD", name.casefold())
    # Accents have a combining class; the vowel signs of Indic scripts have none, and are the name itself.
    kept = [sign for sign in spread if not unicodedata.combining(sign)]
    spaced = "".join(sign if sign.isalnum() or unicodedata.category(sign).startswith("M") else " " for sign in kept)
    return " ".join(word for word in spaced.split() if any(sign.isalnum() for sign in word))


def script_of(name: str) -> str:
    """Return the script that most of the name's letters belong to, such as `LATIN`; empty without letters."""
    counts: dict[str, int] = {}
    for sign in name:
        if sign.isalpha():
            script = unicodedata.name(sign, "UNKNOWN").split(" ", maxsplit=1)[0]
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: (counts[script], script), default="")
