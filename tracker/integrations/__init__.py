"""What comes in from outside: files and systems, read into plans before anything is written."""
