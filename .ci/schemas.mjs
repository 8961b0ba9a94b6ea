/**
 * Writes each plugin's option schemas from its code: `npm run schemas [-- PLUGIN_FOLDER…]`.
 * With `--check` nothing is written, and a schema that differs from the code, or that the manifest does not name,
 * makes it exit 1. Build the plugins first: their dist entries are imported.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const problems = [];

/** The plugin's provided types, as `[point, type, options]`, by running its `register` with a listening registrar. */
async function provided(folder, manifest) {
  const entry = manifest.exports?.["."]?.default;
  const path = join(folder, entry ?? "dist/index.js");
  if (!existsSync(path)) throw new Error(`${relative(root, path)} is not built.`);
  const definition = (await import(pathToFileURL(path).href)).default;
  if (typeof definition?.register !== "function") throw new Error("the entry exports no plugin by default.");
  const calls = [];
  definition.register({ provide: (point, type, provider) => calls.push([point.key, type, provider.options]) });
  return calls;
}

/** The schema file's content for one type's options. */
function schemaText(options) {
  if (options?.["~standard"]?.vendor !== "zod") throw new Error("its options are no zod schema.");
  return `${JSON.stringify(z.toJSONSchema(options, { io: "input" }), null, 2)}\n`;
}

function settle(path, text) {
  const current = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (current === text) return;
  const name = relative(root, path);
  if (check) {
    problems.push(`${name} ${current === undefined ? "is missing" : "differs from the code"}; run npm run schemas.`);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${name}\n`);
}

async function settlePlugin(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const declared = manifest.codex?.provides;
  if (!declared) return;
  const open = new Set(
    Object.entries(declared).flatMap(([point, types]) => Object.keys(types).map((type) => `${point} ${type}`)),
  );
  for (const [point, type, options] of await provided(folder, manifest)) {
    const path = declared[point]?.[type]?.schema;
    if (!path) problems.push(`${manifest.name}: provides ${point} ${type}, which its manifest does not name.`);
    else settle(join(folder, path), schemaText(options));
    open.delete(`${point} ${type}`);
  }
  for (const missing of open) problems.push(`${manifest.name}: its manifest names ${missing}, which nothing provides.`);
}

const folders =
  named.length > 0
    ? named.map((name) => resolve(name))
    : readdirSync(join(root, "plugins")).map((name) => join(root, "plugins", name));
for (const folder of folders) {
  await settlePlugin(folder).catch((error) => problems.push(`${basename(folder)}: ${error.message}`));
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
