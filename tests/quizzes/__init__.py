"""Helpers that recompute the answers of numeric questions, where one expression is not enough."""
