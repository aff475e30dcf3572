"""Money traced through a ledger, back to where it was born."""
