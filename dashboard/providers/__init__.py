"""The outside behind the engine's ports. No Django: keys, addresses and limits are arguments."""
