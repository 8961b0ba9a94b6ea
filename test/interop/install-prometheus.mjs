// Sees to Prometheus for `npm run test:interop`: Debian's, unpacked under .cache/prometheus, where no service starts.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../.cache/prometheus", import.meta.url));

function run(command, args, cwd = folder) {
  console.error(`> ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] }).status === 0;
}

if (!existsSync(join(folder, "usr/bin/prometheus"))) {
  mkdirSync(folder, { recursive: true });
  const download = ["download", "prometheus", "prometheus-node-exporter"];
  const isThere = run("apt-get", download) || (run("apt-get", ["update"]) && run("apt-get", download));
  const packages = readdirSync(folder).filter((name) => name.endsWith(".deb"));
  if (!isThere || !packages.every((name) => run("dpkg", ["-x", name, "."]))) {
    console.error("Prometheus cannot be had from apt-get: unpack its Debian package under .cache/prometheus yourself.");
    process.exit(1);
  }
}
