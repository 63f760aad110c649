"""What the five services share: words, events and plumbing."""
