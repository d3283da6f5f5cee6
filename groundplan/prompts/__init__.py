"""What models are asked, one prompt a file."""

from groundplan.prompts.render import Prompt, load, render

__all__ = ["Prompt", "load", "render"]
