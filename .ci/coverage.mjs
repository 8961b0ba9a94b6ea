// Runs mocha with the arguments given, then reports the lines it covered (.c8rc.json).
// Processes that tests start with the TypeScript loader alone rewrite compiled files too. Their counts belong to that
// other text, and its map would take the place of the real one: they are left out.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const folder = resolve("coverage", "tmp");
rmSync(folder, { recursive: true, force: true });

const { resolve: find } = createRequire(import.meta.url);
const run = (program, args, env) => {
  const { status } = spawnSync(process.execPath, [find(program), ...args], { stdio: "inherit", env });
  if (status !== 0) process.exit(status ?? 1);
};

/** Undefined where a process was killed as it wrote its counts. */
const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

run("mocha/bin/mocha.js", process.argv.slice(2), { ...process.env, NODE_V8_COVERAGE: folder });

for (const name of readdirSync(folder)) {
  const path = join(folder, name);
  const report = parse(readFileSync(path, "utf8"));
  if (report === undefined) {
    rmSync(path);
    continue;
  }
  const maps = report["source-map-cache"] ?? {};
  const rewritten = new Set(
    Object.keys(maps).filter((url) => url.includes("/dist/") && maps[url].data?.sources?.[0] === url),
  );
  for (const url of rewritten) delete maps[url];
  report.result = report.result.filter(({ url }) => !rewritten.has(url));
  writeFileSync(path, JSON.stringify(report));
}

run("c8/bin/c8.js", ["report"], process.env);
