// Sees to a Chromium for `npm run test:interop`: Debian's, where there is none. `CHROMIUM` names another browser.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

if (!process.env.CHROMIUM && !existsSync("/usr/bin/chromium") && !existsSync("/usr/bin/google-chrome")) {
  console.error("> apt-get install -y --no-install-recommends chromium");
  const { status } = spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    console.error("Chromium cannot be installed with apt-get: install it yourself, or name a browser in CHROMIUM.");
    process.exit(1);
  }
}
