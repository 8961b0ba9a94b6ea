import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { FoundFile } from "./find-files.js";

/** What is known of where files come from. */
export interface SourceFacts {
  readonly license?: string;
  readonly homepage?: string;
}

const manifestForm = z.object({
  license: z.string().optional().catch(undefined),
  homepage: z.string().optional().catch(undefined),
  repository: z
    .union([z.string(), z.object({ url: z.string() }).transform(({ url }) => url)])
    .optional()
    .catch(undefined),
});

/** npm's own words in the place of an SPDX expression. */
const noExpression = /^(?:UNLICENSED$|SEE LICENSE)/;

/** Licence and homepage as the package.json of the one npm package says that all files are of; else nothing. */
export async function packageFacts(files: readonly FoundFile[]): Promise<SourceFacts> {
  const [folder, ...others] = new Set(files.map((file) => file.packageFolder));
  if (folder === undefined || others.length > 0) return {};
  const content = await readFile(join(folder, "package.json"), "utf8").catch(() => "");
  const { license, homepage, repository } = manifestOf(content);
  const address = homepage ?? repository?.replace(/^git\+/, "");
  return {
    ...(license === undefined || noExpression.test(license) ? {} : { license }),
    ...(address === undefined ? {} : { homepage: address }),
  };
}

function manifestOf(content: string): z.output<typeof manifestForm> {
  try {
    return manifestForm.parse(JSON.parse(content));
  } catch {
    return {};
  }
}
