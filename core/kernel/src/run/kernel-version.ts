import { readFileSync } from "node:fs";

/** The version of codex-core that runs. */
export function kernelVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}
