"""The ways in: settings, the command line."""
