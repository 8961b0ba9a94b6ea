// Removes from dist/ what no source is left of: the compiler leaves it there, where it would be packed, tested and found.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const made = new Set([join("core", "nn", "dist", "gradients.js")]);

for (const group of ["core", "plugins"]) {
  for (const name of readdirSync(group)) {
    const dist = join(group, name, "dist");
    if (!existsSync(dist)) continue;
    for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
      const [, stem] = /^(.+?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file) ?? [];
      if (stem === undefined || made.has(join(dist, file))) continue;
      const source = join(group, name, "src", stem);
      if (!existsSync(`${source}.ts`) && !existsSync(`${source}.d.ts`)) rmSync(join(dist, file));
    }
  }
}
