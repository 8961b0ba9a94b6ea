/** Prints rows of text in columns under their heads. */
export function printTable(heads, rows) {
  const lines = [heads, ...rows.map((row) => row.map(String))];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
}

/** `1.02 (0.97–1.13)`: median, lowest, highest. */
export function sayRatio({ median, min, max }, digits = 2) {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Bytes as megabytes of 10^6. */
export const sayMegabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
