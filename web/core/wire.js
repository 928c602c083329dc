/**
 * Encodes and parses messages for the page. Pure functions, no socket.
 *
 * A camera frame is one binary message, little-endian, 28 bytes of header and then the JPEG:
 *
 *   0 "SL" | 2 version u8 | 3 flags u8 (1: an overview) | 4 seq u32 | 8 captured_ms f64
 *   16 roi x u16 | 18 roi y u16 | 20 roi width u16 | 22 roi height u16 | 24 full width u16 | 26 full height u16
 *
 * `roi` is the part of the camera's full frame that the JPEG shows, in full-frame pixels. The JPEG may be smaller.
 * Everything else is JSON text with a `type`.
 */

export const HEADER_BYTES = 28;
export const WIRE_VERSION = 1;

const OVERVIEW_FLAG = 1;

const VERSIONED_TYPES = new Set(["hello", "gaze"]);

/** The server sent something that is not in the protocol. */
export class ProtocolError extends Error {
  name = "ProtocolError";
}

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 * @typedef {{width: number, height: number}} Size
 */

/**
 * @param {{seq: number, capturedMs: number, roi: Rect, full: Size, overview?: boolean}} frame
 * @returns {ArrayBuffer} HEADER_BYTES long
 */
export function encodeHeader({ seq, capturedMs, roi, full, overview = false }) {
  if (!Number.isFinite(capturedMs)) throw new ProtocolError(`captured_ms must be finite, got ${capturedMs}`);
  if (roi.x < 0 || roi.y < 0 || roi.x + roi.width > full.width || roi.y + roi.height > full.height) {
    throw new ProtocolError(`region ${JSON.stringify(roi)} leaves the frame ${full.width}x${full.height}`);
  }
  const buffer = new ArrayBuffer(HEADER_BYTES);
  const view = new DataView(buffer);
  view.setUint8(0, 0x53);
  view.setUint8(1, 0x4c);
  view.setUint8(2, WIRE_VERSION);
  view.setUint8(3, overview ? OVERVIEW_FLAG : 0);
  view.setUint32(4, seq, true);
  view.setFloat64(8, capturedMs, true);
  [roi.x, roi.y, roi.width, roi.height, full.width, full.height].forEach((value, i) => {
    view.setUint16(16 + 2 * i, value, true);
  });
  return buffer;
}

/**
 * Accepts every type: a server may send types that this page does not know. The callers ignore these.
 * @param {string} text
 * @returns {{type: string, [key: string]: any}}
 */
export function parseServerMessage(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    throw new ProtocolError("the server sent text that is not JSON");
  }
  if (message === null || typeof message !== "object" || typeof message.type !== "string") {
    throw new ProtocolError("the server sent JSON that is no message: it has no type");
  }
  if (VERSIONED_TYPES.has(message.type) && message.v !== WIRE_VERSION) {
    throw new ProtocolError(`this page speaks version ${WIRE_VERSION}, the server sent version ${message.v}`);
  }
  return message;
}
