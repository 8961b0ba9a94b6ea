/** Numbers below a limit, in an order that the seed gives. */
export function seededNumbers(seed: number): (limit: number) => number;
/** A paragraph of sentences. */
export function paragraph(next: (limit: number) => number): string;
/** Writes files of about so many bytes together, `perFile` bytes a file at the most. Gives their paths. */
export function writeSeededText(
  pathOf: (index: number) => string,
  sizeBytes: number,
  perFile?: number,
  seed?: number,
): Promise<string[]>;
