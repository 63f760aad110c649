"""Tests of what metrics decides and computes."""
