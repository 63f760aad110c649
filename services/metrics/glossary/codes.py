"""What each code of metrics means, by the name of its code set."""

from collections.abc import Mapping

CODES: Mapping[str, Mapping[str, str]] = {
    "Better": {
        "up": "a rise is better",
        "down": "a fall is better",
        "neither": "a fall is no evidence of safety by itself",
    },
    "By": {
        "none": "no breakdown",
        "month": "by month",
        "team": "by team",
        "agency": "by partner agency",
    },
    "Level": {
        "eh": "early help",
        "cin": "child in need plan",
        "cp": "child protection plan",
        "pre_proceedings": "pre-proceedings under the Public Law Outline",
        "proceedings": "care proceedings before the court",
        "looked_after": "looked after by the authority",
    },
    "MeasureState": {
        "draft": "drafted, not in force",
        "active": "in force",
        "superseded": "replaced by a later version",
        "retired": "no longer used",
    },
    "NewRun.by": {
        "none": "no breakdown",
        "month": "by month",
        "team": "by team",
        "agency": "by partner agency",
    },
    "PublicationState": {
        "checked": "small counts are suppressed; not released yet",
        "released": "published",
        "withdrawn": "taken back",
    },
    "Shape": {
        "count": "how many in the window",
        "share": "per cent of those in the window",
        "mean": "the mean in the window",
        "rate": "how many in the window per 10,000 children",
        "per_held": "how many in the window per child held at its beginning or from a day in it",
        "stock": "how many at a date",
        "stock_share": "per cent of those at a date",
        "stock_ratio": "how many per full-time post at a date",
        "stock_rate": "how many at a date per 10,000 children",
        "per_open": "how many in the window per child whose case is open on any day of it",
        "open_share": "per cent of the children whose case is open on any day of the window",
    },
    "View": {
        "internal": "as it is, for managers",
        "publishable": "small counts suppressed",
    },
    "read_results.by": {
        "none": "no breakdown",
        "month": "by month",
        "team": "by team",
        "agency": "by partner agency",
    },
}
