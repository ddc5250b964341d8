"""The HTTP door: it parses a request, calls one function of a floor below, and renders the answer."""

PREFIX = "/api/v1"
"""What every path begins with; a change that breaks callers gets another."""
