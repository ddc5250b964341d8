"""The HTTP door: it parses a request, calls one function of a floor below, and renders the answer."""
