import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "codex-core";
import { mlflowErrors } from "./errors.js";
import { LocalStore } from "./local/local-store.js";
import { authorization } from "./rest/credentials.js";
import { RestClient } from "./rest/rest-client.js";
import { RestStore } from "./rest/rest-store.js";
import type { RunStore } from "./run-store.js";

export interface StoreSettings {
  /** The option; default: MLFLOW_TRACKING_URI, then the folder `mlruns`. */
  readonly uri: string | undefined;
  readonly projectFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

/** The address of a store. */
export function storeAddress({ uri, environment }: Pick<StoreSettings, "uri" | "environment">): string {
  return uri ?? (environment.MLFLOW_TRACKING_URI || "mlruns");
}

/**
 * The store at an address: a folder or a server.
 *
 * @throws CODEX_TRACKER_MLFLOW_URI
 */
export function createStore({ uri, projectFolder, environment, logger }: StoreSettings): RunStore {
  const address = storeAddress({ uri, environment });
  const where = uri === undefined ? "MLFLOW_TRACKING_URI" : "config → tracker.mlflow.uri";
  if (/^https?:/i.test(address)) {
    return new RestStore(new RestClient(serverUrl(address, where), authorization(environment)), logger);
  }
  // One letter and a colon begin a path on Windows.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined && !/^databricks(-uc)?$/.test(address)) {
    return new LocalStore(resolve(projectFolder, address), logger);
  }
  if (scheme === "file" && URL.canParse(address)) return new LocalStore(fileURLToPath(address), logger);
  const what = `${scheme === undefined ? `"${address}"` : `An address that begins with "${scheme}:"`} is not supported.`;
  throw mlflowErrors.CODEX_TRACKER_MLFLOW_URI({ what, where });
}

function serverUrl(address: string, where: string): URL {
  if (!URL.canParse(address)) {
    throw mlflowErrors.CODEX_TRACKER_MLFLOW_URI({ what: "The server's address is no URL.", where });
  }
  const url = new URL(address);
  if (url.username === "" && url.password === "" && url.search === "") return url;
  throw mlflowErrors.CODEX_TRACKER_MLFLOW_URI({
    what: "The server's address holds a user, a password or a query.",
    where,
    why: "A config is written into the run's folder, for all who can read that.",
    fix: "Leave them out, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
  });
}
