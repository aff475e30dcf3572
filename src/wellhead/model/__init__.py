"""The words of an investigation: transfers, money, provenance, entities, findings, errors.

Everything else in Wellhead speaks in these records; this room imports no other.
"""
