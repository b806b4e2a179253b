"""Site builders: the lines to paste, and where they go."""
