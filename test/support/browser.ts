import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The Chromium of this machine, without a window. `CHROMIUM` names another. */
export async function openBrowser(): Promise<Browser> {
  const named = process.env.CHROMIUM;
  const executablePath = named ?? places.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(`No Chromium in ${places.join(", ")}: install Debian's package chromium, or name one in CHROMIUM.`);
  }
  execFileSync(executablePath, ["--version"], { stdio: "ignore" });
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
