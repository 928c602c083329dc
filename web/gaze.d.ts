/** Types of `gaze.js`. Hand-written; a test compiles a page against them. */

export interface Point {
  x: number;
  y: number;
}

export type GazeStatus =
  | "ok"
  | "stale_calibration"
  | "uncalibrated"
  | "no_face"
  | "multiple_faces"
  | "eyes_closed"
  | "out_of_range"
  | "off_center"
  | "low_light"
  // No frames were analysed for 0.4 s or more, or the session has ended.
  | "no_frames"
  // The camera's picture has not changed for a second.
  | "frozen"
  | "paused"
  | "error"
  // A later server may know more.
  | (string & {});

/** One frame's answer, in CSS px of this page's viewport, like `clientX` and `clientY`. */
export interface GazePoint {
  /** Whether x and y hold a point. They are null, never old, when it is not. */
  valid: boolean;
  status: GazeStatus;
  x: number | null;
  y: number | null;
  /** Whether the point lies in this page's viewport. */
  inside: boolean;
  /** The radius around the point in which the person looks two times out of three, CSS px. */
  errorPx: number | null;
  /** 0 to 1: whether the calibration's conditions still hold. Not a probability. */
  confidence: number;
  /**
   * Whether the page's place on the screen is known. It is a guess before the first pointer move, with a page zoom before two
   * moves some way apart, and on a second monitor with bars.
   */
  exact: boolean;
  /** The point before the filter. */
  raw: Point | null;
  /** 0..1 of the screen. */
  screen: Point | null;
  /** When the frame was taken, ms since 1970: `performance.timeOrigin + performance.now()`. */
  timestamp: number;
  latencyMs: number | null;
  seq: number;
  /** The server's whole `gaze.v1` message, with `head`, `eyes` and, for this page only, `face`. */
  message: Record<string, any>;
}

/** A message of the server, its places in CSS px of the viewport; see PROTOCOL.md for the fields of each type. */
export interface GazeEventDetail {
  type: "fixation" | "saccade" | "blink" | "aoi" | "dwell";
  phase: "start" | "end" | "select";
  timestamp: number;
  [field: string]: any;
}

export type GazeState =
  | "starting"
  | "positioning"
  | "calibrating"
  | "result"
  | "tracking"
  | "uncalibrated"
  | "paused"
  | "reconnecting"
  | "closed";

export interface StateDetail {
  state: GazeState;
  /** For people; empty when there is nothing to say. */
  reason: string;
}

/** What looking at an area does. */
export interface Dwelling {
  /** Resting on it that long (100 to 60000) makes a `dwell` event of the phase "select"; without it, nothing does. */
  dwellMs?: number;
  /** Select again and again while the gaze stays. */
  repeat?: boolean;
}

/**
 * An area of interest. A selector stands for all elements that match at the time; its name (64 characters at most) is the
 * selector itself unless given. Of an element, what lies in the viewport counts; 128 boxes at most. A rectangle is in CSS
 * px of the viewport.
 */
export type Area =
  | string
  | Element
  | ({ selector: string; id?: string } & Dwelling)
  | ({ element: Element; id: string } & Dwelling)
  | ({ id: string; x: number; y: number; width: number; height: number } & Dwelling);

/** Where frames come from when not from a webcam. */
export interface FrameSource {
  label: string;
  /** Horizontal field of view, if known. */
  hfovDeg: number | null;
  deviceId?: string;
  open(): Promise<MediaStream>;
  /** Gives the device back. */
  destroy(): void;
  addEventListener?(type: "ended", listener: () => void): void;
}

/** Somewhere the person looked, at a dot of the page's own: CSS px of the viewport, ms since 1970, 10 s at most. */
export interface Look {
  x: number;
  y: number;
  startMs: number;
  endMs: number;
}

export interface GazeOptions {
  /** The gaze server; where gaze.js came from unless given. */
  server?: string;
  /** "given": the page has asked the person itself, so only the browser's own question is left. Default "ask". */
  consent?: "ask" | "given";
  /** One sentence of the page for the consent: what it wants the gaze for. */
  purpose?: string;
  /** "manual": no dots until `calibrate()` is called. Default "overlay". */
  calibrate?: "overlay" | "manual";
  /** How many dots: "9" unless given. */
  pattern?: "3" | "5" | "9" | "13" | "16";
  /**
   * Keep the calibration on the server under this name, and use it the next time instead of the dots. Letters and digits,
   * 64 at most, with blanks, dots or dashes between them.
   */
  profile?: string;
  areas?: Area[];
  /**
   * The name of this page in recordings. With it, the server gets the page's size and how far it is scrolled, so that heat maps and
   * areas of interest lie on the page and not on the window. Left out: recordings hold the screen only.
   */
  page?: string;
  /**
   * Ask the person for a picture of this page, after the dots: the browser's own question what to share. It is put together while the
   * person scrolls, and kept with the recordings of this session. Needs `page`. Default false.
   */
  picture?: boolean;
  /** A small sign with a stop button while the camera is on. Default true. */
  badge?: boolean;
  /** How long to look for the server. */
  timeoutMs?: number;
  /** Makes the source of frames; the webcam unless given. */
  source?: () => FrameSource;
  /** Closes the session when aborted. */
  signal?: AbortSignal;
}

export interface GazeEventMap {
  gaze: CustomEvent<GazePoint>;
  fixation: CustomEvent<GazeEventDetail>;
  saccade: CustomEvent<GazeEventDetail>;
  blink: CustomEvent<GazeEventDetail>;
  aoi: CustomEvent<GazeEventDetail>;
  dwell: CustomEvent<GazeEventDetail>;
  state: CustomEvent<StateDetail>;
}

export interface ScreenLayout {
  width: number;
  height: number;
  viewport: { x: number; y: number; width: number; height: number };
  /** Screen px in a page px. */
  scale: number;
}

export class GazeSession extends EventTarget {
  private constructor();
  readonly state: GazeState;
  /** The newest point. Null before the first, and while it does not count as the present one: paused, hidden, no answers. */
  readonly latest: GazePoint | null;
  /** What the active calibration says of itself: `median_error_px` and more, see PROTOCOL.md. */
  readonly report: Record<string, any> | null;
  readonly stream: MediaStream | null;
  /** The server's name of this session, for programs that read its stream. */
  readonly id: string;
  readonly layout: ScreenLayout;
  /** Shows the dots. Rejects with the code "calibration" when the person gives up. */
  calibrate(options?: { pattern?: GazeOptions["pattern"] }): Promise<Record<string, any>>;
  /** For pages with dots of their own; say it soon, the server remembers 3 s. */
  look(look: Look): Promise<{ places: number; frames: number }>;
  /** Makes a calibration of all looks so far. Rejects with the code "calibration" when they are too few. */
  fitLooks(): Promise<Record<string, any>>;
  /** Replaces the areas of interest. */
  setAreas(areas: Area[]): void;
  /** A request of PROTOCOL.md; resolves with the server's answer, which may be of type "error". */
  request(message: { type: string; [field: string]: unknown }): Promise<Record<string, any>>;
  /** A moment to find again in the stream and in recordings. */
  mark(label: string): void;
  /**
   * As the option `picture`, for a button of the page: browsers ask only after a press. Rejects with the code "picture", and a text
   * for people, if there is none.
   */
  takePicture(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Gives everything back: camera, socket, listeners, elements. A closed session stays closed. */
  close(): void;
  addEventListener<T extends keyof GazeEventMap>(
    type: T,
    listener: (event: GazeEventMap[T]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<T extends keyof GazeEventMap>(
    type: T,
    listener: (event: GazeEventMap[T]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

export type GazeErrorCode = "declined" | "camera" | "server" | "calibration" | "picture" | "closed" | "options";

export class GazeError extends Error {
  constructor(code: GazeErrorCode, message: string, options?: ErrorOptions);
  readonly code: GazeErrorCode;
}

/** Asks the person, opens the camera, calibrates, and gives a session that says where the person looks. */
export function connectGaze(options?: GazeOptions): Promise<GazeSession>;
