/** From this many UTF-16 units on, the time that the WASM encoder takes for one pre-token is worth avoiding. */
const runLimit = 1000;

const letter = 1;
const digit = 2;
const space = 3;
const symbol = 4;
/** Beyond ASCII, what a character is takes a table to know: it may continue any run. */
const any = 0;

/**
 * Whether a text may have a pre-token of a thousand characters or more: a run of letters, digits, spaces or symbols
 * that nothing ends. True is safe, only slower; false is certain.
 */
export function mayHaveLongRun(text: string): boolean {
  let current = any;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const kind = asciiKinds[text.charCodeAt(index)] ?? any;
    if (kind === any || kind === current) continue;
    if (index - start >= runLimit) return true;
    if (current !== any || kind === space) start = index;
    current = kind;
  }
  return text.length - start >= runLimit;
}

const asciiKinds = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  if (/[A-Za-z]/.test(character)) return letter;
  if (/[0-9]/.test(character)) return digit;
  return /\s/.test(character) ? space : symbol;
});
