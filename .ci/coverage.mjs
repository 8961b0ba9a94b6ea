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

/** Whether a module is a package's own compiled one. Reports tell of all modules of all packages, the most by far. */
const isCompiled = (url) => /\/(?:core|plugins)\/[^/]+\/dist\//.test(url) && !url.includes("/node_modules/");

run("mocha/bin/mocha.js", process.argv.slice(2), { ...process.env, NODE_V8_COVERAGE: folder });

const mapped = new Set();
for (const name of readdirSync(folder)) {
  const path = join(folder, name);
  const report = parse(readFileSync(path, "utf8"));
  rmSync(path);
  if (report === undefined) continue;
  const maps = report["source-map-cache"] ?? {};
  const isRewritten = (url) => maps[url]?.data?.sources?.[0] === url;
  const result = report.result.filter(({ url }) => isCompiled(url) && !isRewritten(url));
  if (result.length === 0) continue;
  const news = result.map(({ url }) => url).filter((url) => maps[url] && !mapped.has(url));
  for (const url of news) mapped.add(url);
  const firstMaps = Object.fromEntries(news.map((url) => [url, maps[url]]));
  writeFileSync(path, JSON.stringify({ result, "source-map-cache": firstMaps }));
}

run("c8/bin/c8.js", ["report"], process.env);
