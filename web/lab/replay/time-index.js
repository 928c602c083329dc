/** Finds values by their time with a binary search. Pure. */

/**
 * @param {ArrayLike<number>} times ascending @param {number} time
 * @returns {number} the index of the last one at or before this time, -1 if there is none
 */
export function lastAt(times, time) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * @param {ArrayLike<number>} times ascending @param {number} from @param {number} to inclusive
 * @returns {[number, number]} the first index, and the one after the last
 */
export function between(times, from, to) {
  return [firstAt(times, from), lastAt(times, to) + 1];
}

/** @param {ArrayLike<number>} times ascending @param {number} time @returns {number} the index of the first one at or after it */
export function firstAt(times, time) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The next time in one direction, for single steps.
 * @param {ArrayLike<number>[]} lists each ascending @param {number} time @param {1 | -1} direction
 * @returns {number | null} null at the end
 */
export function nextTime(lists, time, direction) {
  // Times are shown in milliseconds; a step of less would look like none.
  const least = 0.5;
  const found = lists.map((times) => times[direction > 0 ? lastAt(times, time + least) + 1 : firstAt(times, time - least) - 1]);
  const known = found.filter((value) => value !== undefined);
  return known.length ? (direction > 0 ? Math.min(...known) : Math.max(...known)) : null;
}
