import { pathToFileURL } from "node:url";
import type { RuntimeInstaller } from "../contracts/runtime-installer.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import type { PluginEntry } from "./plugin-entry.js";

/** Loads the module that installs what a type computes with. @throws CODEX_PLUGIN_IMPORT_FAILED */
export async function loadInstaller({ packageName, version }: PluginEntry, file: string): Promise<RuntimeInstaller> {
  let found: unknown;
  try {
    found = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (cause) {
    const what = `The installer of ${packageName}@${version} cannot be loaded: ${(cause as Error).message}`;
    throw pluginErrors.CODEX_PLUGIN_IMPORT_FAILED({ what, where: file, cause });
  }
  if (isInstaller(found)) return found;
  const what = `The installer of ${packageName}@${version} has no default export with install, remove and states.`;
  throw pluginErrors.CODEX_PLUGIN_IMPORT_FAILED({ what, where: file });
}

function isInstaller(value: unknown): value is RuntimeInstaller {
  const members = value as { [name: string]: unknown } | undefined;
  return ["install", "remove", "states"].every((name) => typeof members?.[name] === "function");
}
