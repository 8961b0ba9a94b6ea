// Makes the environment of `npm run test:interop` under .cache/interop: a Python with the real readers, and the other
// Node versions that Codex supports. Does nothing that is already done.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, ".cache/interop");
const requirements = join(root, "test/interop/requirements.txt");
const stamp = join(folder, "stamp");
const recipe = readFileSync(requirements, "utf8") + readFileSync(fileURLToPath(import.meta.url), "utf8");
const digest = createHash("sha256").update(recipe).digest("hex");

function run(command, args, cwd = folder) {
  console.error(`> ${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== digest) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run("python3", ["-m", "venv", "venv"]);
  const pip = join(folder, "venv/bin/pip");
  // torch first and alone: as another package's dependency it brings a CUDA build of several gigabytes.
  run(pip, ["install", "--quiet", "--disable-pip-version-check", "torch==2.13.0"]);
  run(pip, ["install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  // The packages that npm's `node` chooses among: Node itself, by platform.
  const platform = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  run("npm", ["install", "--no-audit", "--no-fund", `node22@npm:${platform}@22`, `node24@npm:${platform}@24`]);
  writeFileSync(stamp, digest);
}
