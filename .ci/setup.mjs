// Brings a checkout to where it can run: checks Node, installs what the lockfile names, builds, installs git hooks.
// Does nothing that is already done, so `npm start` and `npm test` may call it every time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}node_modules/.codex-installed`;

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (fits) return;
  console.error(`CODEX_NODE_VERSION: Node ${process.versions.node} is not supported.`);
  console.error("Fix: use Node 20.19 or newer, 22.12 or newer, or 24 or newer (https://nodejs.org).");
  process.exit(2);
}

function run(title, command) {
  console.error(title);
  // onnxruntime-node's install script would fetch CUDA libraries; what Codex needs is in the package itself.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const { status } = spawnSync(command, { cwd: root, env, shell: true, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

requireNode();
const lock = createHash("sha256")
  .update(readFileSync(`${root}package-lock.json`))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  run("Installing packages …", "npm ci --no-audit --no-fund --loglevel=error");
  writeFileSync(stamp, lock);
}
run("Building …", "npm run --silent build");
if (existsSync(`${root}.git/hooks`) && !process.env.CI) run("Installing git hooks …", "npx --no simple-git-hooks");
