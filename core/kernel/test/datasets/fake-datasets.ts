import type { Dataset } from "#src/datasets/registry-form.js";

/** What is registered of a dataset, beside its name and version. */
export function fakeContent(more: Partial<Dataset> = {}): Omit<Dataset, "name" | "version"> {
  return {
    data: { type: "text", paths: ["whale.txt"], shuffle: true },
    fingerprint: "a".repeat(64),
    documents: 3,
    sources: [
      {
        name: "whale",
        weight: 1,
        license: "CC0-1.0",
        files: [{ id: "whale.txt", sizeBytes: 9, sha256: "b".repeat(64) }],
      },
    ],
    addedAt: "2026-11-26T08:00:00.000Z",
    ...more,
  };
}

/** The text of a datasets.json. */
export function registryText(...datasets: readonly Partial<Dataset>[]): string {
  const whole = datasets.map(({ name = "whale", version = 1, ...more }) => ({ name, version, ...fakeContent(more) }));
  return JSON.stringify({ formatVersion: 1, datasets: whole });
}
