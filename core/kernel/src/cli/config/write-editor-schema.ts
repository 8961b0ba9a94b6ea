import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { editorSchema, editorSchemaPath } from "../../config/editor-schema.js";
import { configErrors } from "../../errors/config-errors.js";
import type { PluginCatalogue } from "../../plugins/catalogue.js";
import { makeFolder } from "../../run/make-folder.js";

/**
 * Writes the schema for editors into the project and gives its path.
 *
 * @throws CODEX_CONFIG_SCHEMA_NOT_WRITTEN
 */
export async function writeEditorSchema(projectFolder: string, catalogue: PluginCatalogue): Promise<string> {
  const file = join(projectFolder, editorSchemaPath);
  const text = `${JSON.stringify(editorSchema(catalogue), null, 2)}\n`;
  try {
    await makeFolder(dirname(file));
    await writeFile(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw configErrors.CODEX_CONFIG_SCHEMA_NOT_WRITTEN({
      what: `The schema cannot be written: ${reason}`,
      where: file,
      cause: error,
    });
  }
  return file;
}
