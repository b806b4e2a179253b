"""What pages let people type, and what is wrong with it in words."""
