import { extname } from "node:path";

/** The file of the runs beside a file of values: `metrics.csv` → `metrics.runs.csv`. */
export function runsFileName(name: string): string {
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)}.runs${extension}`;
}
