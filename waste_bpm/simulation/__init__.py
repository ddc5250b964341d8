"""Virtual worlds: scenarios played over the real engine, with a clock that is told what time it is."""
