"""Wellhead tests claims about who finances an armed group against the evidence."""

__version__ = "0.1.0"
