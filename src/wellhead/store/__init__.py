"""The case file: one DuckDB database that remembers every record and where it came from."""
