"""Undertone, written from the pages of protocol/spec alone."""
