const controls = /(?![\t\n])\p{Cc}/gu;

/** Text as a terminal may show it: control characters, which could move the cursor or worse, become `�`. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(controls, "\ufffd");
}
