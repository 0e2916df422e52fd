"""What happens by itself: reactors, due work and messages."""
