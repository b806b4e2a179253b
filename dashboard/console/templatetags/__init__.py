"""What templates may write: icons, faces, times, sanitised Markdown."""
