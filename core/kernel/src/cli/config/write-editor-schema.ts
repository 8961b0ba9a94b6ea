import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { editorSchema, editorSchemaPath } from "../../config/editor-schema.js";
import type { PluginCatalogue } from "../../plugins/catalogue.js";
import { makeFolder } from "../../run/make-folder.js";

/** Writes the schema for editors into the project and gives its path. */
export async function writeEditorSchema(projectFolder: string, catalogue: PluginCatalogue): Promise<string> {
  const file = join(projectFolder, editorSchemaPath);
  await makeFolder(dirname(file));
  await writeFile(file, `${JSON.stringify(editorSchema(catalogue), null, 2)}\n`);
  return file;
}
