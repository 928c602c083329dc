/** Frequent English words, most frequent first, and the completions of a half-typed word. Pure. */

const WORDS = `the I to and a of you is it in that for my we have me not are be this do with on no yes so what can
was like just know get go all now here want need think see good there time if one your how up out about don't right
they come people really would at from thank hello please help more who when where why which some could them her him
look back love make over work day than then only because very first again never always today tomorrow tonight water food
eat drink sleep tired happy cold warm pain bed home friend family mother father doctor music book read write call open
close light window door turn wait stop start little much many great sorry maybe question answer still through little long
new old other people after before down off through own same too us way well world year thing things something nothing
everything anything eyes hands head hear feel say said tell talk let give take put keep find leave bring try use using
morning evening night week two three four five next last better best different difficult easy nice beautiful funny quiet
understand remember important computer phone message keyboard mouse camera screen type typing letter word words page
finished finish ready welcome goodbye goodnight breakfast lunch dinner coffee tea outside inside garden walk train`
  .split(/\s+/)
  .filter((word, index, all) => all.indexOf(word) === index);
const BEGINNINGS = ["I", "yes", "hello"];

/** @param {string} text @returns {string} the word that is being typed, perhaps empty */
export function unfinished(text) {
  return /[A-Za-z']*$/.exec(text)?.[0] ?? "";
}

/** @param {string} text what is written so far @param {number} n @returns {string[]} at most n words that may be meant */
export function completions(text, n) {
  const begun = unfinished(text).toLowerCase();
  if (!begun) return BEGINNINGS.slice(0, n);
  return WORDS.filter((word) => word.length > begun.length && word.toLowerCase().startsWith(begun)).slice(0, n);
}

/**
 * @param {string} text @param {string} word
 * @returns {string} the text with its last word completed, and a space; the typed part keeps its capitals
 */
export function complete(text, word) {
  return `${text}${word.slice(unfinished(text).length)} `;
}
