/**
 * The names and colours of the people whose recordings are chosen. Pure.
 *
 * @typedef {{recording: string, name: string, number: number, colour: string, ink: string}} Person ink: readable on the colour
 */

/** Okabe and Ito's colours, which colour-blind people can distinguish, and grey. Numbers distinguish people as well. */
const COLOURS = /** @type {[string, string][]} */ ([
  ["#0072b2", "#ffffff"], ["#d55e00", "#000000"], ["#009e73", "#000000"], ["#cc79a7", "#000000"],
  ["#e69f00", "#000000"], ["#56b4e9", "#000000"], ["#f0e442", "#000000"], ["#5f6368", "#ffffff"],
]);

/** Other colours than those of people, as bright as these. */
const AREA_COLOURS = ["#3b6fd4", "#d4562f", "#2c9c62", "#a64fb0", "#c7851c", "#1596a8", "#c4407a", "#7a8b1f", "#6d5bd0", "#8a5a3c"];

/** @param {number} index @returns {string} */
export const colourOfArea = (index) => AREA_COLOURS[index % AREA_COLOURS.length];

/**
 * @param {readonly string[]} chosen @param {(recording: string) => string} nameOf
 * @returns {Person[]} in the order in which they were chosen
 */
export function peopleOf(chosen, nameOf) {
  return chosen.map((recording, i) => {
    const [colour, ink] = COLOURS[i % COLOURS.length];
    return { recording, name: nameOf(recording), number: i + 1, colour, ink };
  });
}
