// Updates package-lock.json (`npm run lock`), and completes it: npm leaves the binary package of another platform out
// of the lock when it could not look it up, and then `npm ci` refuses the lock everywhere. Such a package is locked
// here by version, platform and processor alone, as its name tells them.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = `${root}package-lock.json`;
const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm64", "x64", "arm", "ia32", "ppc64", "s390x"];

/** What a name such as `@scope/tool-linux-arm64-musl` says of where the package runs. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name} does not say which platform it is for.`);
  const libc = words.includes("musl") ? { libc: ["musl"] } : {};
  return { cpu, os, ...libc };
}

const { status } = spawnSync("npm", ["install", "--package-lock-only", "--no-audit", "--no-fund"], {
  cwd: root,
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

const lock = JSON.parse(readFileSync(file, "utf8"));
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`))) continue;
    const dev = entry.dev ? { dev: true } : {};
    lock.packages[`node_modules/${name}`] = { version, ...dev, optional: true, ...platformOf(name) };
    console.error(`Locked by name: ${name}@${version}`);
  }
}
const byPath = ([a], [b]) => (a < b ? -1 : Number(a > b));
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPath));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
