/** Blocks in which no letter, digit, mark or space has come or changed since Unicode 12, nor may be expected to. */
const settledBlocks = [
  ["0000", "052f"], // ASCII, Latin, phonetics, accents, Greek, Cyrillic
  ["1e00", "206f"], // Latin and Greek with accents, punctuation
  ["20a0", "214f"], // currencies, letterlike symbols
  ["2190", "2bff"], // arrows, mathematics, boxes, symbols
  ["3000", "30ff"], // ideographic punctuation, kana
  ["4e00", "9fef"], // ideographs
  ["ac00", "d7a3"], // Hangul
  ["fe0e", "fe0f"], // variation selectors
  ["feff", "feff"],
  ["fffd", "fffd"],
  ["1f300", "1f9ff"], // emoji
] as const;

const settled = new RegExp(`^[${settledBlocks.map(([first, last]) => `\\u{${first}}-\\u{${last}}`).join("")}]*$`, "u");

/** Whether the Unicode versions of Node and of the tiktoken package class a text's characters alike. False is safe. */
export function hasSettledCharacters(text: string): boolean {
  return settled.test(text);
}
