"""From features to screen points: feature blocks, geometric stage, ridge regression and hyper-parameters."""
