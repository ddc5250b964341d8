"""The nouns: one frozen model per document of the procedure, the one shape for request, XML and form."""
