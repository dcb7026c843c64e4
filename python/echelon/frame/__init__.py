"""Tables to model frames: the room that knows values, not models."""
