// Sees to a Vulkan driver for the WebGPU tests: Mesa's software one from bookworm-backports, where there is none. Debian
// 12's own Mesa is too old for it.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const drivers = "/usr/share/vulkan/icd.d";
const sources = "/etc/apt/sources.list.d/debian.sources";
const backports = "/etc/apt/sources.list.d/codex-backports.sources";

function run(command, args) {
  console.error(`> ${command} ${args.join(" ")}`);
  if (spawnSync(command, args, { stdio: ["ignore", 2, 2] }).status === 0) return;
  console.error("Mesa cannot be installed with apt-get: install a Vulkan driver (Mesa 25 or newer) yourself.");
  process.exit(1);
}

if (!existsSync(drivers) || readdirSync(drivers).length === 0) {
  const release = ["-t", "bookworm-backports"];
  const isBookworm = existsSync(sources) && readFileSync("/etc/os-release", "utf8").includes("bookworm");
  if (isBookworm && !existsSync(backports)) {
    const [stanza] = readFileSync(sources, "utf8").split(/\n\s*\n/);
    writeFileSync(backports, stanza.replace(/^Suites:.*$/m, "Suites: bookworm-backports").concat("\n"));
  }
  run("apt-get", ["update"]);
  const options = ["install", "-y", "--no-install-recommends", ...(isBookworm ? release : [])];
  run("apt-get", [...options, "mesa-vulkan-drivers", "libvulkan1"]);
}
