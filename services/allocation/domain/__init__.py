"""The rules of allocation: pure, from frozen values to frozen values."""
