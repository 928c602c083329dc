/**
 * The `webgazer` object for WebGazer's pages and jsPsych, on top of a Sightline server:
 *
 *   <script src="http://127.0.0.1:8765/webgazer-compat.js"></script>      instead of webgazer.js
 *
 * The server must be open to the page: --allow-origin. It is a classic script, because the object must exist before the
 * page's own scripts run. `begin` imports the modules. It has WebGazer's public calls with their meaning, except for the
 * differences in plugin/README.md.
 */
(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!script?.src) throw new Error('webgazer-compat.js is loaded by <script src="...">, not imported');
  const base = new URL(".", script.src).href;

  const params = {
    videoContainerId: "webgazerVideoContainer",
    videoElementId: "webgazerVideoFeed",
    videoElementCanvasId: "webgazerVideoCanvas",
    faceOverlayId: "webgazerFaceOverlay",
    faceFeedbackBoxId: "webgazerFaceFeedbackBox",
    gazeDotId: "webgazerGazeDot",
    videoViewerWidth: 320,
    videoViewerHeight: 240,
    faceFeedbackBoxRatio: 0.66,
    showVideo: true,
    mirrorVideo: true,
    showFaceOverlay: true,
    showFaceFeedbackBox: true,
    showGazeDot: true,
    /** @type {MediaStreamConstraints | null} null: Sightline's own choice */
    camConstraints: null,
    showVideoPreview: true,
    applyKalmanFilter: true,
    // WebGazer stores pictures of the eyes by default. Here nothing is stored by default, and pictures never.
    saveDataAcrossSessions: false,
    storingPoints: false,
    /** "ask": Sightline's own question comes before the browser's. */
    consent: "given",
    getEventTypes: () => ["click", "move"],
  };

  /** @type {import("./gaze.js").GazeSession | null} */
  let session = null;
  /** @type {any} the parts that `begin` imports */
  let parts = null;
  /** @type {Promise<any> | null} */
  let beginning = null;
  /** @type {((data: any, elapsedMs: number) => void) | null} */
  let listener = null;
  let ending = new AbortController();
  let beganMs = 0;
  let paused = false;
  let learnsFromClicks = false;
  let faceSeen = false;
  /** Whether there was a calibration, so that its loss is reported. */
  let calibrated = false;
  /** Why there are no predictions though all began well; empty when there are. */
  let lost = "";
  /** @type {[number[], number[]]} */
  let stored = [[], []];
  /** @type {HTMLCanvasElement | null} */
  let ownCanvas = null;
  /** @type {string | null} */
  let videoFile = null;

  /** @param {import("./gaze.js").GazePoint | null} point what WebGazer calls a prediction; null when there is none */
  const prediction = (point) => {
    if (!point?.valid || parts?.dots.forgotten) return null;
    const { x, y } = /** @type {{x: number, y: number}} */ (params.applyKalmanFilter || !point.raw ? point : point.raw);
    return { x, y, t: point.timestamp - performance.timeOrigin, confidence: point.confidence, errorPx: point.errorPx };
  };

  /** @param {CustomEvent<import("./gaze.js").GazePoint>} event */
  const onGaze = ({ detail }) => {
    faceSeen ||= Boolean(detail.message.face);
    const found = prediction(detail);
    parts.view.update(detail, paused ? null : found);
    if (paused) return;
    if (params.storingPoints && found) {
      for (const [axis, value] of [found.x, found.y].entries()) stored[axis] = [...stored[axis], value].slice(-50);
    }
    listener?.(found, performance.now() - beganMs);
  };

  /** @param {CustomEvent<import("./gaze.js").StateDetail>} event */
  const onState = ({ detail: { state, reason } }) => {
    if (state === "closed") {
      console.warn(`webgazer-compat: the session has ended: ${reason}`);
      stop();
    } else if (state === "reconnecting") {
      lost = reason;
      console.warn(`webgazer-compat: no predictions: ${reason}`);
    } else if (state === "uncalibrated") {
      lost = calibrated ? "the calibration was lost with the connection; calibrate again" : "";
      if (lost) {
        parts?.dots.forget();
        console.warn(`webgazer-compat: no predictions: ${lost}`);
      }
    } else if (state === "tracking") {
      calibrated = true;
      lost = "";
    }
  };

  /** The modules that `begin` needs. A browser does not say why an import failed: a refusal looks like silence. */
  const importParts = () =>
    Promise.all(
      ["gaze.js", "plugin/webgazer-view.js", "plugin/own-dots.js", "core/sources/stream.js", "core/sources/file.js"].map((path) => import(base + path)),
    ).catch((error) => {
      const { origin } = window.location;
      const words = `The gaze server at ${base} does not answer, or it is not open to pages of ${origin}. To open it, start it with --allow-origin ${origin}`;
      throw Object.assign(new Error(words, { cause: error }), { code: "server" });
    });

  /**
   * A click of the person, or a call: PennController captures this listener and calls it with the place of its target.
   * @param {MouseEvent | {clientX: number, clientY: number}} event
   */
  const onClick = (event) => {
    const counts = event instanceof Event ? event.isTrusted && learnsFromClicks : true;
    if (counts && !paused) parts?.dots.clicked(event.clientX, event.clientY);
  };

  /** `end` cancels an attempt. What it still waits for must not act: another attempt may have begun since. */
  const start = async () => {
    const { signal } = (ending = new AbortController());
    const [{ connectGaze }, { WebgazerView }, { OwnDots }, { constraintSource }, { fileSource }] = await importParts();
    // A name that the server accepts, made from the host's name.
    const host = window.location.hostname.replace(/[^a-z0-9.-]/gi, "_").slice(0, 50) || "file";
    const profile = params.saveDataAcrossSessions ? `webgazer ${host}`.replace(/[.-]+$/, "") : undefined;
    const { consent, camConstraints: constraints } = params;
    const source = videoFile ? fileSource(videoFile) : constraints ? constraintSource(constraints) : undefined;
    const opened = await connectGaze({ server: base, consent, calibrate: "manual", badge: false, profile, source, signal });
    if (signal.aborted) throw Object.assign(new Error("webgazer.end() was called"), { code: "closed" });
    parts = { view: new WebgazerView({ params, stream: opened.stream }), dots: new OwnDots({ session: opened }) };
    session = opened;
    opened.addEventListener("gaze", onGaze);
    calibrated = opened.report !== null;
    lost = "";
    opened.addEventListener("state", onState);
    document.addEventListener("click", onClick, true);
    beganMs = performance.now();
    paused = false;
    learnsFromClicks = true;
    return webgazer;
  };

  const stop = () => {
    document.removeEventListener("click", onClick, true);
    session?.removeEventListener("state", onState);
    parts?.dots.destroy();
    parts?.view.destroy();
    ending.abort();
    session = parts = beginning = null;
    faceSeen = false;
    return webgazer;
  };

  /** @param {keyof typeof params} name @returns {(value: any) => any} */
  const setting = (name) => (value) => {
    /** @type {any} */ (params)[name] = value;
    parts?.view.show();
    return webgazer;
  };

  /** @param {string} what */
  const unused = (what) => () => {
    console.warn(`webgazer-compat: ${what} are not used: the server tracks the face and computes the gaze.`);
    return webgazer;
  };

  const webgazer = {
    params,
    /** Sightline's own session (gaze.d.ts), for marks, areas of interest and recordings; null before `begin` and after `end`. */
    get sightline() {
      return session;
    },
    /** @type {Record<string, any>} */
    tracker: {},
    /** @type {Record<string, any>} */
    reg: {},
    util: {
      /** @param {{x: number, y: number}} point @returns the point, moved into the window */
      bound: (point) => ({
        x: Math.min(Math.max(point.x, 0), window.innerWidth),
        y: Math.min(Math.max(point.y, 0), window.innerHeight),
      }),
    },

    /** @param {(error?: unknown) => void} [onFail] */
    begin(onFail) {
      if (beginning) return beginning;
      const attempt = start().catch((error) => {
        if (beginning === attempt) {
          beginning = null;
          onFail?.(error);
        }
        throw error;
      });
      beginning = attempt;
      return attempt;
    },
    isReady: () => session !== null && !lost,
    pause() {
      paused = true;
      parts?.view.hideDot();
      parts?.dots.flush(); // the looks before the pause count after it
      return webgazer;
    },
    async resume() {
      paused = false;
      return webgazer;
    },
    end: stop,
    stopVideo: stop,

    /** @param {(data: any, elapsedMs: number) => void} callback */
    setGazeListener(callback) {
      listener = callback;
      return webgazer;
    },
    clearGazeListener() {
      listener = null;
      return webgazer;
    },
    getCurrentPrediction: async () => prediction(session?.latest ?? null),

    addMouseEventListeners() {
      learnsFromClicks = true;
      return webgazer;
    },
    removeMouseEventListeners() {
      learnsFromClicks = false;
      return webgazer;
    },
    /** @param {number} x @param {number} y @param {string} [eventType] a pointer that only moves does not count */
    recordScreenPosition(x, y, eventType = "click") {
      if (eventType === "click") parts?.dots.looked(x, y);
      return webgazer;
    },
    clearData: async () => {
      await parts?.dots.clear();
    },

    showVideo: setting("showVideo"),
    showFaceOverlay: setting("showFaceOverlay"),
    showFaceFeedbackBox: setting("showFaceFeedbackBox"),
    showPredictionPoints: setting("showGazeDot"),
    /** @param {boolean} value */
    showVideoPreview(value) {
      Object.assign(params, { showVideoPreview: value, showVideo: value, showFaceOverlay: value, showFaceFeedbackBox: value });
      parts?.view.show();
      return webgazer;
    },
    /** @param {number} width @param {number} height */
    setVideoViewerSize(width, height) {
      Object.assign(params, { videoViewerWidth: width, videoViewerHeight: height });
      parts?.view.show();
    },
    saveDataAcrossSessions: setting("saveDataAcrossSessions"),
    applyKalmanFilter: setting("applyKalmanFilter"),
    /** Before `begin`. @param {MediaStreamConstraints} constraints */
    async setCameraConstraints(constraints) {
      params.camConstraints = constraints;
    },
    /** Before `begin`. @param {string} url of a video file that takes the camera's place */
    setStaticVideo(url) {
      videoFile = url;
      return webgazer;
    },

    detectCompatibility: () => window.isSecureContext && navigator.mediaDevices !== undefined,
    /** @returns {number[]} top, left, width, height of the box that the face should be in, px of the preview */
    computeValidationBoxSize() {
      const { videoViewerWidth: width, videoViewerHeight: height, faceFeedbackBoxRatio } = params;
      const side = faceFeedbackBoxRatio * Math.min(width, height);
      return [(height - side) / 2, (width - side) / 2, side, side];
    },
    getVideoPreviewToCameraResolutionRatio() {
      const { width = 1, height = 1 } = session?.stream?.getVideoTracks()[0]?.getSettings() ?? {};
      return [params.videoViewerWidth / width, params.videoViewerHeight / height];
    },
    /** @param {HTMLCanvasElement} canvas */
    setVideoElementCanvas(canvas) {
      ownCanvas = canvas;
      return canvas;
    },
    /** The newest picture of the camera. */
    getVideoElementCanvas: () => parts?.view.draw(ownCanvas) ?? ownCanvas,

    /** @param {number} x @param {number} y @param {number} k */
    storePoints(x, y, k) {
      stored[0][k] = x;
      stored[1][k] = y;
    },
    getStoredPoints: () => stored,

    getTracker: () => ({
      name: "Sightline",
      predictionReady: faceSeen,
      getPositions: () => session?.latest?.message.face?.eyes ?? null,
    }),
    getRegression: () => [{ name: "Sightline", getData: () => parts?.dots.reported ?? [] }],
    setTracker: () => webgazer,
    setRegression: () => webgazer,
    addTrackerModule: unused("trackers of your own"),
    addRegressionModule: unused("regressions of your own"),
    addRegression: unused("further regressions"),
  };
  /** @type {any} */ (window).webgazer = webgazer;
})();
