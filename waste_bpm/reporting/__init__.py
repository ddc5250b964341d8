"""What is told of many cases at once: the annual data of a State."""
