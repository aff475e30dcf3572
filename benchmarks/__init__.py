"""Measured speeds and sizes. `make bench` prints the table; nothing here is a test."""
