#!/usr/bin/env node
// This file exists before anything is built, so that npm can link the command; the command itself is in dist/.
// It is written so that an old Node can read it and say so.
import { existsSync } from "node:fs";
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
const main = new URL("../dist/cli/main.js", import.meta.url);

if (!isSupported) {
  fail("CODEX_NODE_VERSION", `Node ${process.versions.node} is not supported.`, "use Node 20.19+, 22.12+ or 24+.");
} else if (!existsSync(main)) {
  fail("CODEX_NOT_BUILT", "codex is not built yet.", "run `npm run build` in the repository's folder.");
} else {
  if (module.enableCompileCache) module.enableCompileCache();
  await import(main.href);
}

function fail(code, what, fix) {
  process.stderr.write(`${code}: ${what}\nFix: ${fix}\n`);
  process.exitCode = 2;
}
