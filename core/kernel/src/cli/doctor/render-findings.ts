import type { Finding } from "./check.js";

/** Green, the terminal's own, red. */
const colors = { ok: 32, note: 39, failed: 31 } as const;

/** Findings for a person: one a line, a failure's fix below it, and a verdict. */
export function renderFindings(findings: readonly Finding[], hasColor: boolean): string {
  const paint = (code: number, text: string): string => (hasColor ? `\u001b[${code}m${text}\u001b[0m` : text);
  const width = Math.max(0, ...findings.map(({ name }) => name.length));
  const lines = findings.map(({ name, status, detail, fix }) => {
    const mark = paint(colors[status], status.padEnd(6));
    const line = `${mark}  ${name.padEnd(width)}  ${detail}\n`;
    return fix && status === "failed" ? `${line}        ${"".padEnd(width)}  Fix: ${fix}\n` : line;
  });
  const failed = findings.filter(({ status }) => status === "failed").length;
  const verdict = failed === 0 ? "All is well." : `${failed} of ${findings.length} checks failed.`;
  return `${lines.join("")}\n${verdict}\n`;
}
