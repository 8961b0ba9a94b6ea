// Copies the repository's presets to dist/configs, so that the package ships them. What is no preset stays behind: rules
// of safety are named by a path in a project.
import { cpSync, rmSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const from = fileURLToPath(new URL("../../configs", import.meta.url));
const to = fileURLToPath(new URL("dist/configs", import.meta.url));

rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true, filter: (path) => relative(from, path) !== "safety" });
