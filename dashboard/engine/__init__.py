"""How a conversation works: pure, with no framework, no network, no clock and no randomness."""
