// Compiles the native operators into the package (prebuilt/), where a C++ compiler is there; without one the engine
// uses ONNX Runtime's own operators.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { compileLibrary } from "./dist/native/compile-library.js";
import { defaultCompiler, packageFolder, prebuiltPath } from "./dist/native/find-library.js";
import { readLibrarySource } from "./dist/native/library-source.js";

const source = readLibrarySource(join(packageFolder, "native"));
const path = prebuiltPath(packageFolder, source);
if (!existsSync(path) && process.platform !== "win32") {
  try {
    await compileLibrary(source, dirname(path), () => basename(path), { compiler: defaultCompiler() });
    for (const name of readdirSync(dirname(path))) if (name !== basename(path)) rmSync(join(dirname(path), name));
  } catch (error) {
    console.error(`No native operators: ${error.stderr?.trim() || error.message}`);
  }
}
