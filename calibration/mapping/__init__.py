"""From features to screen points: feature blocks, geometric stage, ridge regression, and the choices of both."""
