"""Two speakers talk: an agent and a simulated visitor."""
