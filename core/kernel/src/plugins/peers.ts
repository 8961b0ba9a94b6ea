import { readFile } from "node:fs/promises";
import { join } from "node:path";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import type { JsonObject } from "../contracts/json.js";
import type { CodexError } from "../errors/codex-error.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { foldersUpwards } from "./folders-upwards.js";
import { isJsonObject } from "./read-json-file.js";

/**
 * Looks for the peer dependencies that a package declares, where its own `import` would look. codex-core is left out:
 * the API range says what fits, and a plugin need not import it.
 */
export async function findPeerProblem(folder: string, manifest: JsonObject): Promise<CodexError | undefined> {
  if (!isJsonObject(manifest.peerDependencies)) return undefined;
  const meta = isJsonObject(manifest.peerDependenciesMeta) ? manifest.peerDependenciesMeta : {};
  for (const [peer, range] of Object.entries(manifest.peerDependencies)) {
    const settings = Object.hasOwn(meta, peer) ? meta[peer] : undefined;
    if (peer === "codex-core" || (isJsonObject(settings) && settings.optional === true)) continue;
    const version = await installedVersion(folder, peer);
    const asked = `${manifest.name} needs ${peer} ${range} beside it`;
    const content = { where: join(folder, "package.json"), fix: `npm install "${peer}@${range}"` };
    if (version === undefined) {
      return pluginErrors.CODEX_PLUGIN_PEER_MISSING({ ...content, what: `${asked}; it is not installed.` });
    }
    const checkable = typeof range === "string" && validRange(range) !== null && version !== "";
    if (checkable && !satisfies(version, range, { includePrerelease: true })) {
      return pluginErrors.CODEX_PLUGIN_PEER_MISSING({ ...content, what: `${asked}; version ${version} is installed.` });
    }
  }
  return undefined;
}

async function installedVersion(folder: string, packageName: string): Promise<string | undefined> {
  for (const above of foldersUpwards(folder)) {
    try {
      const manifest: unknown = JSON.parse(
        await readFile(join(above, "node_modules", packageName, "package.json"), "utf8"),
      );
      return isJsonObject(manifest) && typeof manifest.version === "string" ? manifest.version : "";
    } catch (error) {
      if (error instanceof SyntaxError) return "";
    }
  }
  return undefined;
}
