"""Models that answer: one file per provider."""
