// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text as a terminal may show it: control characters, which could move the cursor or worse, become `�`. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(controls, "\ufffd");
}
