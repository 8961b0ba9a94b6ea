// Bundles what the kernel uses of inversify to dist/container/inversify.js: to load its 245 modules took 0.2 s of every
// command. Decorators may be those of another copy (see src/container/replacement.ts).
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const made = join(here, "dist", "container");

const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  stdin: { contents: 'export { Container, inject, injectable, named } from "inversify";', resolveDir: here },
  bundle: true,
  write: false,
  metafile: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["reflect-metadata"],
  logLevel: "warning",
});

const inputs = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules/"));
const packages = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)[0]));
const notices = [...packages].sort().map(async (path) => {
  const folder = resolve(here, path);
  const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return `/*! ${name} ${version}\n\n${(await readFile(join(folder, "LICENSE"), "utf8")).trim()}\n*/\n`;
});
await mkdir(made, { recursive: true });
await writeFile(join(made, "inversify.js"), (await Promise.all(notices)).join("") + outputFiles[0].text);
await copyFile(join(here, "src", "container", "inversify.d.ts"), join(made, "inversify.d.ts"));
