import type { Finding } from "./check.js";

/** Findings for a person: one a line, a failure's fix below it, and a verdict. */
export function renderFindings(findings: readonly Finding[], hasColor: boolean): string {
  const paint = (code: number, text: string): string => (hasColor ? `\u001b[${code}m${text}\u001b[0m` : text);
  const width = Math.max(0, ...findings.map(({ name }) => name.length));
  const lines = findings.map(({ name, status, detail, fix }) => {
    const mark = status === "ok" ? paint(32, "ok    ") : paint(31, "failed");
    const line = `${mark}  ${name.padEnd(width)}  ${detail}\n`;
    return fix && status !== "ok" ? `${line}        ${"".padEnd(width)}  Fix: ${fix}\n` : line;
  });
  const failed = findings.filter(({ status }) => status !== "ok").length;
  const verdict = failed === 0 ? "All is well." : `${failed} of ${findings.length} checks failed.`;
  return `${lines.join("")}\n${verdict}\n`;
}
