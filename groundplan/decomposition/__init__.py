"""Breaking a goal down with a language model: asking, reading the answer, repairing it."""
