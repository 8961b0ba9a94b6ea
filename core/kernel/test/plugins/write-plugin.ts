import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What a test wants to be unusual about a package. */
export interface PluginFiles {
  /** Merged over the package.json. */
  readonly manifest?: object;
  /** Merged over `codex` of the package.json. */
  readonly codex?: object;
  /** Content by path; `index.js` and `options.schema.json` have defaults. */
  readonly files?: { readonly [path: string]: string };
}

const kernelFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** An ESM entry that provides the tracker type `note`. */
export function entryCode(
  name: string,
  body = "create: () => ({ open: async () => null, write: async () => {}, close: async () => {} }),",
) {
  return `import { definePlugin, TrackerPoint } from "codex-core";
import { z } from "zod";
export default definePlugin({
  name: "${name}",
  register(registrar) {
    registrar.provide(TrackerPoint, "note", { options: z.strictObject({}), ${body} });
  },
});
`;
}

/** Writes a plugin package that provides the tracker type `note` into a folder. */
export async function writePlugin(folder: string, name: string, { manifest, codex, files }: PluginFiles = {}) {
  const all: { [path: string]: string } = {
    "package.json": JSON.stringify({
      name,
      version: "1.2.3",
      type: "module",
      exports: "./index.js",
      keywords: ["codex-plugin"],
      codex: { api: "^1.0", provides: { tracker: { note: { schema: "./options.schema.json" } } }, ...codex },
      ...manifest,
    }),
    "options.schema.json": JSON.stringify({ type: "object", properties: {}, additionalProperties: false }),
    "index.js": entryCode(name),
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Installs a plugin into a project's node_modules. */
export function installPlugin(project: string, name: string, files?: PluginFiles) {
  return writePlugin(join(project, "node_modules", name), name, files);
}

/** Lets the packages of a project import codex-core and zod. */
export async function linkKernel(project: string) {
  await mkdir(join(project, "node_modules"), { recursive: true });
  await symlink(kernelFolder, join(project, "node_modules", "codex-core"));
  await symlink(join(kernelFolder, "../../node_modules/zod"), join(project, "node_modules", "zod"));
}
