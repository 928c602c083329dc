"""`python -m calibration.bench`: comparisons of calibration methods. No product code imports it."""
