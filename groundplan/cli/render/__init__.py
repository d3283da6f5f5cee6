"""What people look at: pure functions from plans and lists to text. Only they import rich."""
