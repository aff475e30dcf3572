"""Readers, one file per format. They yield model records in batches and never write."""
