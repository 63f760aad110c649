"""`make demo`: an invented county with the proportions of a published year, and one family walked through."""
