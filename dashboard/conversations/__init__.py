"""Conversations: who may start one, its turns on disk, its end, its analysis."""
