/** The result of a validation at four dots, as the server sends it. */
export const SCREEN = { width: 1920, height: 1080 };

export const RESULT = {
  grade: "good",
  error: { px: 60, cm: 1.4, deg: 1.5, percent_width: 4, low_px: 50, high_px: 70 },
  accuracy: { px: 60, cm: 1.4, deg: 1.5, percent_width: 4 },
  precision: { rms_s2s_px: 8, sd_px: 15, deg: 0.3 },
  sample_rate_hz: 30,
  data_loss: 0.02,
  distance_mm: 600,
  screen_mm: { width: 345, height: 194 },
  points: [[0.2, 0.2, 60], [0.8, 0.2, -60], [0.2, 0.8, -60], [0.8, 0.8, 60]].map(([x, y, dx], id) => ({
    target: { id, x, y }, n_valid: 30, n_total: 30, offset_px: { dx, dy: 0 },
    error_px: Math.abs(dx), accuracy_px: Math.abs(dx), rms_s2s_px: 8, sd_px: 15, grade: "good",
  })),
  failed_points: [],
};
