"""What agents know: documents, cut into passages, and the search through them."""
