"""The engine: a design becomes estimates; `kernel` alone touches the compiled core."""
