"""Unit tests of engine/observation."""
