"""The index: a SQLite cache of what the disk says, written by one process at a time, read by all."""
