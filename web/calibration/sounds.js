/** Two soft tones, synthesised here, so nothing is downloaded. Silent until switched on. */

const TICK_HZ = 660;
const DONE_HZ = 880;

export class Sounds {
  /** @type {AudioContext | null} */
  #audio = null;
  on = false;

  tick() {
    this.#tone(TICK_HZ, 0.06, 0.05);
  }

  done() {
    this.#tone(DONE_HZ, 0.18, 0.06);
  }

  destroy() {
    this.#audio?.close().catch(() => {});
    this.#audio = null;
  }

  /** @param {number} hz @param {number} seconds @param {number} volume */
  #tone(hz, seconds, volume) {
    if (!this.on) return;
    this.#audio ??= new AudioContext();
    const now = this.#audio.currentTime;
    const gain = new GainNode(this.#audio, { gain: 0 });
    gain.gain.linearRampToValueAtTime(volume, now + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.0001, now + seconds);
    const tone = new OscillatorNode(this.#audio, { frequency: hz });
    tone.connect(gain).connect(this.#audio.destination);
    tone.start(now);
    tone.stop(now + seconds);
  }
}
