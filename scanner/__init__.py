"""modelgate: says what checkpoints and dataset scripts would do when they are loaded."""

__version__ = "0.1.0"
