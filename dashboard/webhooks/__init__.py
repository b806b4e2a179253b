"""Where to post what happened, and each attempt at it."""
