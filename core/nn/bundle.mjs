// Bundles tfjs-core's gradient definitions to dist/gradients.js: the CommonJS bundle that Node imports registers none.
// A module whose exports tfjs-core offers in public is replaced by those, so that operators, engine and registries
// exist once; only the gradient files and the few helpers that are not public are copied.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
const entry = require.resolve("@tensorflow/tfjs-core/dist/register_all_gradients.js");
const importCore = 'import tf from "@tensorflow/tfjs-core";\n';

/** Modules that tfjs-core offers whole, as a namespace. */
const namespaces = {
  base: "tf",
  util: "tf.util",
  "ops/broadcast_util": "tf.broadcast_util",
  "ops/slice_util": "tf.slice_util",
  "backends/backend_util": "tf.backend_util",
  tensor_util: "tf.tensor_util",
};

/** What the copied helpers need of a module that is not public: gradients only ever pass tensors. */
const tensorConversion = `${importCore}
export const convertToTensor = (value, argument, operator) => {
  if (value instanceof tf.Tensor) return value;
  throw new TypeError(\`\${operator} got \${argument} that is no tensor.\`);
};`;

/** Where a public name is found: on tfjs-core itself, or among the helpers for backends. */
const publicPath = (name) => {
  if (name === "ENGINE") return "tf.engine()";
  if (name in tf) return `tf.${name}`;
  return name in tf.backend_util ? `tf.backend_util.${name}` : undefined;
};

const exportLines = (names, path) =>
  importCore + names.map((name) => `export const ${name} = ${path(name)};`).join("\n");

/** Source that takes the module's exports from tfjs-core; undefined where one of them is not public. */
function shared(id, text) {
  if (id === "tensor_util_env") return tensorConversion;
  const namespace = namespaces[id];
  if (namespace)
    return exportLines(Object.keys(namespace === "tf" ? tf : tf[namespace.slice(3)]), (name) => `${namespace}.${name}`);
  const names = [
    ...[...text.matchAll(/^export (?:async )?(?:const|let|function\*?|class) (\w+)/gm)].map((match) => match[1]),
    ...[...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap((match) =>
      match[1].split(",").map((part) => part.split(" as ").at(-1).trim()),
    ),
  ].filter((name) => id !== "engine" || name === "ENGINE");
  const complete = names.length > 0 && names.every((name) => publicPath(name)) && !/^export \*/m.test(text);
  return complete ? exportLines(names, publicPath) : undefined;
}

const shareCore = {
  name: "share-tfjs-core",
  setup(builder) {
    builder.onLoad({ filter: /tfjs-core.dist.*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const id = relative(dirname(entry), path).split(sep).join("/").replace(/\.js$/, "");
      return {
        contents: id === "register_all_gradients" || id.startsWith("gradients/") ? text : (shared(id, text) ?? text),
      };
    });
    builder.onResolve({ filter: /kernel_registry$/ }, () => ({ path: "registry", namespace: "registry" }));
    builder.onLoad({ filter: /.*/, namespace: "registry" }, () => ({
      contents: exportLines(["registerGradient", "getKernel", "getGradient", "getKernelsForBackend"], publicPath),
      resolveDir: here,
    }));
  },
};

await mkdir(join(here, "dist"), { recursive: true });
await build({
  entryPoints: [entry],
  outfile: join(here, "dist", "gradients.js"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["@tensorflow/tfjs-core"],
  plugins: [shareCore],
  legalComments: "eof",
  logLevel: "warning",
});
await writeFile(join(here, "dist", "gradients.d.ts"), "export {};\n");
