"""What the law says, as dated data with its source, and pure questions to it."""
