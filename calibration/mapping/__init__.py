"""From features to screen points: feature blocks, kernel ridge, geometric stage."""
