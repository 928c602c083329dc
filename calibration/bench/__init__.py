"""`python -m calibration.bench`: measurements of calibration methods. No product code imports it."""
