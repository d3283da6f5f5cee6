"""One command a file. What a command needs beyond typer it imports when it runs."""
