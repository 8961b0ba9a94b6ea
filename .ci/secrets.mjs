// Looks for secrets in what a commit could take: files that git tracks, and new ones that it does not ignore.
import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const npmLock = "package-lock.json";
const partOf = createRequire(createRequire(import.meta.url).resolve("secretlint"));
const load = (name) => import(pathToFileURL(partOf.resolve(name)).href);

// It seeks each of its marks among all that it made before, which takes far longer than to read the files.
const { secretLintProfiler } = await load("@secretlint/profiler");
secretLintProfiler.mark = () => {};

const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
});
const isFile = (path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
const files = [...new Set(listed.split("\0"))].filter((path) => path && path !== npmLock && isFile(path));

const { createEngine } = await load("@secretlint/node");
const engine = await createEngine({ cwd: process.cwd(), formatter: "stylish", maskSecrets: true });
const { ok, output } = await engine.executeOnFiles({ filePathList: files.map((path) => resolve(path)) });
if (output) console.log(output);
if (files.length === 0) console.error("git lists no files.");
process.exitCode = ok && files.length > 0 ? 0 : 1;
