"""The letters: utility blocks, their messages, the XML and XSD derived from the documents, and the gate."""
