"""What runs tasks: LangChain tools, Python callables, chat models, agents; and who runs which task."""
