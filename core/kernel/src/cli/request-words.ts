import { friendlyFlags } from "../config/friendly-flags.js";
import type { ConfigRequest } from "./config-options.js";

/** The words of a command line that ask for a config: preset, overrides, flags. `--texts` takes what follows it. */
export function requestWords({ preset, overrides, flags }: Partial<ConfigRequest>): readonly string[] {
  const given = friendlyFlags.flatMap(({ name, flags: spelling }) => {
    const value = flags?.[name];
    return value === undefined ? [] : [spelling.split(" ")[0]!, ...[value].flat().map(String)];
  });
  return [...(preset === undefined ? [] : ["--config", preset]), ...(overrides ?? []), ...given];
}
